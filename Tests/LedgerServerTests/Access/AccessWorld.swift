import AgentContext
import EventLog
import FaultLaboratory
import LedgerCapabilities
import MemoryLedger
import SecondVersion
import Testing

/// Someone who asks the server.
struct AccessCaller: Sendable, CustomStringConvertible {
    /// The actor of the token, too.
    var name: String
    /// Nil: no token that holds.
    var scope: AccessScope?
    /// Nil: all.
    var namespaces: [String]?
    var headers: [String: String]

    var description: String { name }

    func includes(_ namespace: String) -> Bool { namespaces.map { $0.contains(namespace) } ?? true }

    func mayDo(_ needed: AccessScope) -> Bool { scope.map { $0 >= needed } ?? false }
}

/// A ledger with two namespaces that have memories of the same keys, and tokens of every scope for each. All texts of
/// the one, and keys that the other has no way to know, hold a mark: an answer with it shows what is there.
struct AccessWorld {
    static let mine = "alpha"
    static let theirs = "beta"
    static let mark = "ZqxOfBeta"
    /// A key that both have.
    static let shared = "shared"
    /// One whose events may be undone.
    static let spare = "spare"
    /// What memories are linked to that are made for a call.
    static let linked = "linked"
    /// Of a migrated database of version two, in `theirs`, and found by it from everywhere where that is allowed.
    static let migrated = "Nova:index"
    /// A request that has changed memories of both.
    static let correlation = "both"
    static let expiring = "expired"

    let folder: ScratchFolder
    private(set) var callers: [AccessCaller] = []
    /// Those without a token that holds.
    private(set) var strangers: [AccessCaller] = []
    /// Ids and positions, by namespace.
    private(set) var events: [String: [(id: String, position: Position)]] = [:]
    /// Sessions with a context, by namespace.
    private(set) var contexts: [String: String] = [:]
    private(set) var spareEvents: [String: String] = [:]

    var owner: AccessCaller? { callers.first { $0.scope == .admin && $0.namespaces == nil } }
    /// One who reads, writes and administers `mine`.
    var outsider: AccessCaller? { callers.first { $0.scope == .admin && $0.namespaces == [Self.mine] } }

    init() async throws {
        folder = try ScratchFolder()
        var options = MemoryLedgerOptions()
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.open(at: folder.path("ledger.sqlite"), options: options)
        try await Self.write(to: ledger)
        try await migrate(into: ledger)
        contexts = try await Self.converse(in: ledger)
        try await makeTokens(in: ledger)
        try await noteEvents(of: ledger)
        await ledger.close()
    }

    private static func write(to ledger: MemoryLedger) async throws {
        let together = Attribution(actor: "owner", correlationID: correlation)
        for place in [mine, theirs] {
            let text = place == theirs ? mark : "plain"
            let content = MemoryContent(
                domain: text, summary: text, text: text, type: text, keywords: [text],
                links: [MemoryLink(type: "bug", key: "other", term: text)])
            try await ledger.add(MemoryKey(namespace: place, key: shared), content, by: together)
            try await ledger.add(MemoryKey(namespace: place, key: spare), content, by: together)
            try await ledger.update(
                MemoryKey(namespace: place, key: shared), MemoryChange(text: text + " again"), by: together)
        }
        let hidden = MemoryKey(namespace: theirs, key: "key-" + mark)
        try await ledger.add(hidden, MemoryContent(summary: mark))
        try await ledger.add(MemoryKey(namespace: theirs, key: "was-" + mark), MemoryContent(summary: mark))
        try await ledger.rename(MemoryKey(namespace: theirs, key: "was-" + mark), to: "is-" + mark)
        // What comes from the other one, either way, and links that name its keys.
        let here = MemoryKey(namespace: mine, key: shared)
        try await ledger.add(
            MemoryKey(namespace: mine, key: "derived"), MemoryContent(summary: "plain"),
            from: Provenance(derivedFrom: [hidden, here]))
        try await ledger.add(
            MemoryKey(namespace: theirs, key: "derived"), MemoryContent(summary: mark),
            from: Provenance(derivedFrom: [here]))
        let links = [shared, "\(theirs):\(shared)", "/\(theirs)/\(shared)", "\(theirs)/\(shared)", migrated, "other"]
        try await ledger.add(
            MemoryKey(namespace: mine, key: "linker"),
            MemoryContent(summary: "plain", links: links.map { MemoryLink(type: "bug", key: $0, term: "t") }))
    }

    private func migrate(into ledger: MemoryLedger) async throws {
        let path = folder.path("kv.db")
        try SecondVersionDatabase.write([.init(Self.migrated, summary: Self.mark, text: Self.mark)], to: path)
        var options = MigrationOptions()
        options.tables = [.init(name: "memories", namespace: Self.theirs)]
        let report = try await ledger.migrate(from: path, options: options)
        #expect(report.rows == 1 && report.quarantined == 0)
    }

    private mutating func makeTokens(in ledger: MemoryLedger) async throws {
        func caller(
            _ name: String, _ scope: AccessScope, _ namespaces: [String]?, _ expiry: AccessTokenExpiry? = nil
        ) async throws -> (AccessCaller, id: String) {
            let made = try await ledger.createAccessToken(
                AccessTokenRequest(scope, namespaces: namespaces, actor: name, expiry: expiry))
            let headers = ["Authorization": "Bearer \(made.text.revealed)"]
            let caller = AccessCaller(name: name, scope: scope, namespaces: namespaces, headers: headers)
            return (caller, made.token.id)
        }
        for scope in AccessScope.allCases {
            for namespaces in [[Self.mine], [Self.theirs], [Self.mine, Self.theirs], nil] {
                let name = "\(scope.rawValue) of \(namespaces?.joined(separator: "+") ?? "all")"
                callers.append(try await caller(name, scope, namespaces).0)
            }
        }
        var (expired, _) = try await caller(Self.expiring, .admin, nil, .after(milliseconds: 1))
        var (revoked, id) = try await caller("revoked", .admin, nil)
        _ = try await ledger.revokeAccessToken(id)
        (expired.scope, revoked.scope) = (nil, nil)
        let garbage = "mlt_0123456789abcdef_" + String(repeating: "0", count: 64)
        strangers = [
            AccessCaller(name: "without a token", headers: [:]),
            AccessCaller(name: "garbage", headers: ["Authorization": "Bearer \(garbage)"]), expired, revoked,
        ]
    }

    private mutating func noteEvents(of ledger: MemoryLedger) async throws {
        var after: Position?
        repeat {
            let page = try await ledger.log.read(EventQuery(EventFilter(), from: after, limit: 100))
            for event in page.events {
                guard let memory = MemoryStream.memory(event.stream) else { continue }
                events[memory.namespace, default: []].append(("\(event.id)", event.position))
                if memory.key == Self.spare { spareEvents[memory.namespace] = "\(event.id)" }
            }
            after = page.next
        } while after != nil
    }
}
