import EventLog
import EventLogTesting
import Foundation
import LedgerOperations
import LedgerService
import MemoryLedger
import SecondVersion
import Testing

/// A ledger in memory behind the compatible API, with a clock that stands.
struct ServiceLedger {
    let ledger: MemoryLedger
    let clock: FixedClock
    let service: CompatibleService
    let routes: CompatibleRoutes

    init(_ version: CompatibleService.Version? = nil, options given: MemoryLedgerOptions? = nil) async throws {
        clock = FixedClock()
        var options = given ?? MemoryLedgerOptions()
        options.clock = clock
        ledger = try await MemoryLedger.inMemory(options: options)
        service = CompatibleService(ledger, sessions: KVSessions(clock: clock), version: version)
        routes = CompatibleRoutes(service)
    }

    static let owner = Caller(Attribution(actor: "owner"), .everything)

    static func caller(_ scope: AccessGrant.Scope, _ namespaces: [String]) -> Caller {
        Caller(Attribution(actor: "caller"), AccessGrant(scope, namespaces: namespaces))
    }

    func session(_ namespace: String = "mem", by caller: Caller = owner) async throws -> String {
        try service.openSession(namespace: namespace, by: caller)
    }

    func post(_ path: String, _ body: JSONValue, by caller: Caller = owner) async -> Reply {
        await post(path, text: body.description, by: caller)
    }

    func post(_ path: String, text: String, by caller: Caller = owner) async -> Reply {
        await send(ServiceRequest("POST", path, body: Array(text.utf8), by: caller))
    }

    func send(_ request: ServiceRequest) async -> Reply { Reply(await routes.answer(request)) }

    /// The statistics of a memory that must be there.
    func meta(_ key: String, _ namespace: String = "mem") async throws -> MemoryMeta {
        try #require(try await ledger.get(MemoryKey(namespace: namespace, key: key))).meta
    }
}

/// An answer, as a client sees it.
struct Reply: Equatable, CustomStringConvertible {
    var status: Int
    var type: String?
    var text: String

    init(_ answer: ServiceAnswer) {
        status = answer.status
        type = answer.headers["content-type"]
        text = String(decoding: answer.body, as: UTF8.self)
    }

    var json: JSONValue? { try? JSONValue(parsing: text) }
    var description: String { "\(status) \(text)" }
}

extension ServiceLedger {
    /// Migrates a database of the second version that holds these memories, each with links to other keys.
    ///
    /// - Parameters:
    ///   - namespace: of the table; nil: the default.
    ///   - refused: how many of them are set aside; nil: it was migrated before.
    func migrateSecondVersion(
        _ memories: [(key: String, links: [String])], into namespace: String? = nil, refused: Int? = 0
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("kv.db").path
        try SecondVersionDatabase.write(
            memories.map { .init($0.key, summary: "About \($0.key)", text: "Text", links: $0.links) }, to: path)
        var options = MigrationOptions()
        if let namespace { options.tables = [.init(name: "memories", namespace: namespace)] }
        let report = try await ledger.migrate(from: path, options: options)
        #expect(report.rows == memories.count)
        if let refused { #expect(report.quarantined == refused && report.duplicates == 0) }
    }
}
