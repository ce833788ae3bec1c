import EventLog
import EventLogTesting
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import MerkleLog
import Projections
import SQLiteEventLog
import Synchronization

/// One call, as a Swift value and as JSON.
struct OperationExample: Sendable, CustomStringConvertible {
    let name: String
    let json: JSONObject
    /// What the value answers.
    let run: @Sendable (OperationRequest) async throws -> JSONValue
    /// The value, and what is read from the JSON.
    let values: @Sendable () throws -> (AnyHashable, AnyHashable)
    /// Those that the value says it reaches.
    let namespaces: [String]?
    /// The sample is too small for it.
    let fails: Bool

    init<Operation: LedgerOperation & Hashable>(_ operation: Operation, _ json: JSONObject, fails: Bool = false) {
        name = Operation.name
        self.json = json
        self.fails = fails
        namespaces = operation.namespaces
        run = { try await operation.run(in: $0).document() }
        values = { (AnyHashable(operation), AnyHashable(try Operation(json: json))) }
    }

    /// What the call by JSON answers, or fails with.
    func call(in request: OperationRequest) async throws -> JSONValue {
        try await outcome { try await OperationCatalogue.standard.call(name, json, in: request) }
    }

    /// The same of the typed call. How long it took and where its files are does not count.
    func callTyped(in request: OperationRequest) async throws -> JSONValue {
        try await outcome { try await run(request) }
    }

    private func outcome(_ body: () async throws -> JSONValue) async throws -> JSONValue {
        do {
            var document = try await body().object ?? [:]
            for name in ["seconds", "file"] { document[name] = nil }
            return .object(document)
        } catch let error where fails {
            return ["code": JSONValue(optional: OperationErrorCode(of: error)?.rawValue)]
        }
    }

    var description: String { "\(name) \(JSONValue.object(json))" }

    /// A ledger that is the same each time, with something for every operation to look at.
    static func ledger() async throws -> MemoryLedger {
        var options = MemoryLedgerOptions.forTesting()
        options.file.randomness = SeededBytes()
        options.file.masterKey = try MasterKey(bytes: (0..<MasterKey.byteCount).map { UInt8($0) })
        let ledger = try await MemoryLedger.inMemory(options: options)
        let (importer, me) = (Attribution(actor: "importer"), Attribution(actor: "me", correlationID: "request"))
        let tea = MemoryContent(
            domain: "food", summary: "Likes tea", text: "Green.", type: "fact", keywords: ["drinks"],
            links: [MemoryLink(type: "design", key: "cup", term: "taste", weight: 0.25)])
        try await ledger.add(MemoryKey(key: "tea"), tea, by: importer)
        let source = Provenance(source: .init(.tool, "web"), trust: 40, derivedFrom: [MemoryKey(key: "tea")])
        try await ledger.add(MemoryKey(key: "page"), MemoryContent(summary: "Tea is bad"), from: source, by: me)
        try await ledger.add(MemoryKey(namespace: "other", key: "tea"), MemoryContent(summary: "Elsewhere"), by: me)
        try await ledger.update(MemoryKey(key: "tea"), MemoryChange(summary: "Likes green tea"), by: me)
        try await ledger.add(MemoryKey(key: "old"), MemoryContent(summary: "Old"), by: me)
        try await ledger.quarantine(.source(.init(.tool, "page-9")), reason: "poisoned", by: me)
        try await ledger.protect("secret", by: importer)
        try await ledger.add(
            MemoryKey(namespace: "secret", key: "diary"), MemoryContent(summary: "Mine"),
            from: Provenance(source: .init(.user, "ada")), by: importer)
        // So that there is a former generation.
        try await ledger.rebuild(onDifference: .ignore)
        return ledger
    }

    private static let tea = MemoryKey(key: "tea")

    static let all = memories + links + history + oversight + access + maintenance + proof

    private static let memories: [Self] = [
        Self(AddMemory(MemoryKey(key: "new"), MemoryContent()), ["key": "new"]),
        Self(
            AddMemory(
                MemoryKey(namespace: "n", key: "k"),
                MemoryContent(
                    domain: "d", summary: "s", text: "t", type: "y", keywords: ["a", "b"],
                    links: [
                        MemoryLink(type: "bug", key: "x", term: "u", weight: 0.75), MemoryLink(type: "bug", term: "v"),
                    ]),
                from: Provenance(
                    source: .init(.user, "ada:1"), trust: 100,
                    derivedFrom: [MemoryKey(namespace: "n", key: "a"), MemoryKey(namespace: "other", key: "tea")])),
            [
                "namespace": "n", "key": "k", "domain": "d", "summary": "s", "text": "t", "type": "y",
                "keywords": ["a", "b"],
                "links": [
                    ["type": "bug", "key": "x", "term": "u", "weight": 0.75], ["type": "bug", "key": nil, "term": "v"],
                ],
                "source": "user:ada:1", "trust": 100, "derived_from": ["a", "/other/tea"],
            ]),
        Self(PutMemory(tea, MemoryContent(summary: "Likes coffee")), ["key": "tea", "summary": "Likes coffee"]),
        Self(
            PutMemory(
                MemoryKey(namespace: "other", key: "new"), MemoryContent(text: "t"),
                from: Provenance(derivedFrom: [tea])),
            ["namespace": "other", "key": "new", "text": "t", "derived_from": ["/mem/tea"]]),
        Self(ReadMemory(tea), ["key": "tea"]),
        Self(TraverseMemory(MemoryKey(namespace: "other", key: "tea")), ["namespace": "other", "key": "tea"]),
        Self(GetMemories([tea]), ["keys": ["tea"]]),
        Self(
            GetMemories([tea, MemoryKey(key: "page")], ReadMoment(at: .position(2))),
            ["keys": ["tea", "page"], "at": "2"]),
        Self(GetMemories([tea], includesQuarantined: true), ["keys": ["tea"], "include_quarantined": true]),
        Self(RecallMemories([tea]), ["keys": ["tea"]]),
        Self(RecallMemories([tea], counts: false, into: "s"), ["keys": ["tea"], "count": false, "context": "s"]),
        Self(ListMemories(), [:]),
        Self(
            ListMemories(
                MemoryQuery(
                    namespace: "mem", domain: "food", type: "fact", status: .active,
                    createdFrom: Timestamp(rfc3339: "2026-01-01"), createdThrough: Timestamp(rfc3339: "2027-01-01"),
                    limit: 1)),
            [
                "namespace": "mem", "domain": "food", "type": "fact", "status": "active",
                "created_from": "2026-01-01", "created_through": "2027-01-01T00:00:00Z", "quarantined": false,
                "limit": 1,
            ]),
        Self(OutlineMemories(), [:]),
        Self(
            OutlineMemories(MemoryQuery(namespace: "mem", type: "fact", limit: 1), ReadMoment(at: .position(4))),
            ["namespace": "mem", "type": "fact", "limit": 1, "at": "4"]),
        Self(
            UpdateMemory(
                tea, MemoryChange(text: "Black.", links: []), from: Provenance(derivedFrom: [MemoryKey(key: "old")]),
                expecting: 2),
            ["key": "tea", "text": "Black.", "links": [], "derived_from": ["old"], "expected_version": 2]),
        Self(
            RenameMemory(tea, to: "green", expecting: 2), ["old_key": "tea", "new_key": "green", "expected_version": 2]),
        Self(DeleteMemory(MemoryKey(namespace: "other", key: "tea")), ["namespace": "other", "key": "tea"]),
        Self(
            LinkMemory(tea, MemoryLink(type: "bug", key: "page", term: "t", weight: 1)),
            ["from": "tea", "to": "page", "type": "bug", "term": "t", "weight": 1]),
        Self(
            UnlinkMemory(tea, from: "cup", type: "design", term: "taste"),
            ["from": "tea", "to": "cup", "type": "design", "term": "taste"]),
    ]

    private static let links: [Self] = [
        Self(BulkReadMemory(tea), ["key": "tea"]),
        Self(
            BulkReadMemory(MemoryKey(namespace: "other", key: "tea"), depth: 6, breadth: 1, total: 50),
            ["namespace": "other", "key": "tea", "depth": 6, "breadth": 1, "total": 50]),
        Self(ListNeighbours(tea), ["key": "tea"]),
        Self(
            ListNeighbours(
                tea, NeighbourQuery(LinkFilter(direction: .outgoing, types: ["design"], leastWeight: 0.25), limit: 1),
                ReadMoment(at: .position(2))),
            ["key": "tea", "direction": "out", "types": ["design"], "least_weight": 0.25, "limit": 1, "at": "2"]),
        Self(WalkLinks(tea), ["key": "tea"]),
        Self(
            WalkLinks(
                tea,
                LinkWalk(LinkFilter(direction: .incoming), order: .weight, depth: 32, limit: 1_000, showsLinks: true)),
            ["key": "tea", "direction": "in", "order": "weight", "depth": 32, "limit": 1_000, "links": true]),
        Self(FindPath(from: tea, to: "page"), ["from": "tea", "to": "page"]),
        Self(
            FindPath(from: tea, to: "old", LinkFilter(direction: .both, types: ["bug"]), order: .weight, depth: 2),
            ["from": "tea", "to": "old", "direction": "both", "types": ["bug"], "order": "weight", "depth": 2]),
        Self(ListOrphans(), [:]),
        Self(
            ListOrphans(in: "other", isolated: true, limit: 1), ["namespace": "other", "isolated": true, "limit": 1]),
        Self(ListHubs(), [:]),
        Self(
            ListHubs(in: "mem", LinkFilter(direction: .both, leastWeight: 0.1), limit: 1, ReadMoment(at: .position(2))),
            ["namespace": "mem", "direction": "both", "least_weight": 0.1, "limit": 1, "at": "2"]),
        Self(ListComponents(), [:]),
        Self(
            ListComponents(in: "mem", LinkFilter(types: ["design"]), leastSize: 1, limit: 2),
            ["namespace": "mem", "types": ["design"], "least_size": 1, "limit": 2]),
        Self(ListDanglingLinks(), [:]),
        Self(ListDanglingLinks(in: "mem", limit: 1), ["namespace": "mem", "limit": 1]),
        Self(SearchMemories(MemorySearch("tea")), ["query": "tea"]),
        Self(SearchMemories(everyFilter, ReadMoment(at: .position(4))), everyFilterJSON),
        Self(SearchCompatibly(words: "green bad"), ["query": "green bad"]),
        Self(
            SearchCompatibly(keywords: "tea,bad", .and, within: ["mem"], limit: 1, offset: 1, sortsLinks: false),
            [
                "query": "tea,bad", "operator": "AND", "namespace": "mem", "limit": 1, "offset": 1,
                "sort_links": false,
            ]),
        Self(QueryTables(TableQuery("SELECT key FROM memories")), ["sql": "SELECT key FROM memories"]),
        Self(
            QueryTables(TableQuery("SELECT 1", limit: 1, seconds: 1), ReadMoment(at: .position(2))),
            ["sql": "SELECT 1", "limit": 1, "seconds": 1, "at": "2"]),
    ]

    private static let everyFilter: MemorySearch = {
        var filter = MemoryFilter(namespace: "mem", domain: "food", type: "fact", status: .active)
        (filter.anyKeywords, filter.allKeywords) = (["drinks", "x"], ["drinks"])
        let (from, through) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 4_102_444_800_000))
        filter.created = .init(from: from, through: through)
        filter.accessed = .init(from: from, through: through)
        filter.changed = .init(from: from, through: through)
        (filter.source, filter.leastTrust, filter.onlyQuarantined) = (.init(.tool, "web"), 1, false)
        var search = MemorySearch("tea", filter, limit: 2)
        search.waitsForIndex = true
        return search
    }()

    private static let everyFilterJSON: JSONObject = [
        "query": "tea", "namespace": "mem", "domain": "food", "type": "fact", "status": "active",
        "any_keywords": ["drinks", "x"], "all_keywords": ["drinks"], "created_from": "1970-01-01T00:00:00Z",
        "created_through": "2100-01-01T00:00:00Z", "accessed_from": "1970-01-01T00:00:00Z",
        "accessed_through": "2100-01-01T00:00:00Z", "changed_from": "1970-01-01T00:00:00Z",
        "changed_through": "2100-01-01T00:00:00Z", "source": "tool:web", "least_trust": 1, "quarantined": false,
        "limit": 2, "wait": true, "at": "4",
    ]

    private static let history: [Self] = [
        Self(ShowHistory(tea), ["key": "tea"]),
        Self(
            ShowHistory(
                tea, HistoryQuery(includesReads: true, limit: 1, after: 1), ReadMoment(at: .event(FixedIDs.id(5)))),
            ["key": "tea", "reads": true, "limit": 1, "after": 1, "at": "00000000-0000-7000-8000-000000000005"]),
        Self(ShowBlame(tea), ["key": "tea"]),
        Self(
            CompareMoments(from: .position(0), to: .position(4), namespace: "mem", includesStatistics: true, limit: 2),
            ["from": "0", "to": "4", "namespace": "mem", "statistics": true, "limit": 2]),
        Self(CompareMoments(from: .position(1), memory: tea), ["from": "1", "key": "tea"]),
        Self(ListEvents(), [:]),
        Self(
            {
                var list = ListEvents()
                (list.stream, list.types, list.actor) = ("mem/tea", ["MemoryUpdated"], "me")
                (list.correlationID, list.limit, list.isReversed) = ("request", 1, true)
                list.since = MomentReference("2026-01-01")
                list.until = MomentReference("2026-01-02")
                return list
            }(),
            [
                "stream": "mem/tea", "types": ["MemoryUpdated"], "actor": "me", "correlation": "request", "limit": 1,
                "reverse": true, "since": "2026-01-01", "until": "2026-01-02",
            ]),
        Self(
            {
                var list = ListEvents()
                (list.since, list.until, list.limit, list.isTail) = (.position(2), .event(FixedIDs.id(6)), 2, true)
                return list
            }(),
            ["since": "2", "until": "00000000-0000-7000-8000-000000000006", "limit": 2, "tail": true]),
        Self(ExplainEvent(.position(2)), ["event": "2"]),
        Self(PlanUndo(EventsToUndo(actor: "me", namespace: "mem")), ["actor": "me", "namespace": "mem"]),
        Self(
            UndoEvents(EventsToUndo([FixedIDs.id(3)]), isPartial: true, isBroad: true),
            ["events": ["00000000-0000-7000-8000-000000000003"], "partial": true, "all": true]),
        Self(
            PlanUndo(EventsToUndo([FixedIDs.id(3)], namespace: "other")),
            ["events": ["00000000-0000-7000-8000-000000000003"], "namespace": "other"]),
        Self(
            UndoEvents(EventsToUndo(correlationID: "request", since: .position(2), until: .position(3))),
            ["correlation": "request", "since": "2", "until": "3"]),
    ]

    private static let poisoned = Contributor.source(.init(.tool, "page-9"))

    private static let oversight: [Self] = [
        Self(PreviewQuarantine(.actor("me")), ["actor": "me"]),
        Self(PreviewQuarantine(poisoned, isRelease: true), ["source": "tool:page-9", "release": true]),
        Self(
            PutQuarantine(.source(.init(.tool, "web")), reason: "bad"), ["source": "tool:web", "reason": "bad"]),
        Self(ReleaseQuarantine(poisoned, reason: "good"), ["source": "tool:page-9", "reason": "good"]),
        Self(ListQuarantines(), [:]),
        Self(ShowPolicy(), [:]),
        Self(ListProtectedNamespaces(), [:]),
        Self(ProtectNamespace("secret"), ["namespace": "secret"]),
        Self(ProtectNamespace("people"), ["namespace": "people"]),
        Self(SetPolicy(LedgerPolicyChange(requiresActor: true)), ["require_actor": true]),
        Self(
            SetPolicy(LedgerPolicyChange(requiresActor: false, auditsReads: true)),
            ["require_actor": false, "audit_reads": true]),
        Self(
            PlanErasure(.memory(MemoryKey(namespace: "secret", key: "diary")), includingDerived: true),
            ["namespace": "secret", "key": "diary", "derived": true]),
        Self(PlanErasure(.namespace("secret"), isPartial: true), ["namespace": "secret", "partial": true]),
        Self(
            EraseMemories(.user("ada"), isPartial: true, reason: "asked for"),
            ["user": "ada", "partial": true, "reason": "asked for"]),
        Self(ResumePurge(), [:]),
    ]

    private static let access: [Self] = [
        Self(CreateToken(AccessTokenRequest(.read, namespaces: nil)), ["all_namespaces": true]),
        Self(
            CreateToken(
                AccessTokenRequest(
                    .admin, namespaces: ["mem", "other"], actor: "writer", expiry: .after(milliseconds: 86_400_000))),
            ["namespaces": ["mem", "other"], "scope": "admin", "actor": "writer", "expires": "1d"]),
        Self(ListTokens(), [:]),
        Self(ListTokens(all: true, limit: 1, after: 2), ["all": true, "limit": 1, "after": 2]),
        Self(
            RevokeToken("0123456789abcdef", reason: "stolen"), ["id": "0123456789abcdef", "reason": "stolen"],
            fails: true),
    ]

    private static let maintenance: [Self] = [
        Self(ShowStatus(), [:]),
        Self(ShowStatistics(), [:]),
        Self(ShowStatistics(ReadMoment(at: .position(3))), ["at": "3"]),
        Self(ComputeDigest(), [:]),
        Self(
            ComputeDigest(ReadMoment(at: .time(TimeReference(FixedClock.start)), occurred: true)),
            ["at": "2026-01-01T00:00:00Z", "occurred": true]),
        Self(ListProjections(withDigests: true), ["digests": true]),
        Self(RebuildProjections(), [:]),
        Self(
            RebuildProjections(["memories"], onDifference: .replace),
            ["projections": ["memories"], "on_difference": "replace"]),
        Self(VerifyProjections(["memories"]), ["projections": ["memories"]]),
        Self(RollBackProjections(), [:]),
        Self(ForgetFormerGenerations(), [:]),
        Self(ListDeadLetters(), [:]),
        Self(RetryDeadLetters(), [:]),
        Self(SkipDeadLetters(positions: [2]), ["positions": [2]]),
        Self(ListSnapshots(), [:]),
        Self(TakeSnapshots(), [:]),
        Self(DropSnapshots(), [:]),
        Self(TrainDictionary(size: 1_024, samples: 100), ["size": 1_024, "samples": 100], fails: true),
        Self(ListDictionaries(), [:]),
    ]

    /// Two checkpoints of a log that is nowhere.
    static let checkpoints: [SignedCheckpoint] = [Int64(1), 2].compactMap { size in
        guard let key = try? NoteSigningKey(name: "test", seed: [UInt8](repeating: 7, count: 32)),
            let root = MerkleHash([UInt8](repeating: 1, count: 32))
        else { return nil }
        return try? SignedCheckpoint(Checkpoint(origin: "test", size: size, root: root), signedWith: [key])
    }

    private static let proof: [Self] = zip(checkpoints, checkpoints.dropFirst()).flatMap { old, new in
        let text = JSONValue.string(String(decoding: old.bytes, as: UTF8.self))
        return [
            Self(VerifyLedger(deep: true), ["deep": true]),
            Self(
                VerifyLedger(against: [CheckpointToVerify(old, name: "checkpoints[0]")]), ["checkpoints": [text]]),
            Self(SignCheckpoint(), [:], fails: true),
            Self(ListCheckpoints(limit: 7), ["limit": 7]),
            Self(ProveEvents(.event(.position(2)), in: old), ["event": "2", "checkpoint": text], fails: true),
            Self(
                ProveEvents(.memory(MemoryKey(namespace: "mem", key: "tea"), all: true)),
                ["namespace": "mem", "key": "tea", "all": true], fails: true),
            Self(
                ProveConsistency(from: old, to: new),
                ["from": text, "to": .string(String(decoding: new.bytes, as: UTF8.self))], fails: true),
            Self(
                MakeEvidence(
                    EvidenceSelection(
                        memory: MemoryKey(key: "tea"), actor: "a", correlationID: "c",
                        since: Timestamp(rfc3339: "2026-01-01"), positions: 1...2)),
                ["key": "tea", "actor": "a", "correlation": "c", "since": "2026-01-01", "first": 1, "last": 2],
                fails: true),
            Self(
                {
                    var settings = SetCheckpoints()
                    (settings.everyEvents, settings.everySeconds, settings.withoutFolder) = (10, 20, true)
                    return settings
                }(), ["every_events": 10, "every_seconds": 20, "no_folder": true]),
            Self(ListSigningKeys(), [:]),
            Self(AdoptSigningKey(), [:], fails: true),
            Self(RotateSigningKey(), [:], fails: true),
        ]
    }
}

/// Bytes that are the same in every run.
private final class SeededBytes: RandomSource {
    private let random = Mutex(SeededRandom(7))

    func bytes(_ count: Int) -> [UInt8] {
        random.withLock { random in (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
    }
}
