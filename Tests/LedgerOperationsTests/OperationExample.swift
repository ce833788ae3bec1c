import EventLog
import EventLogTesting
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting

/// One call, as a Swift value and as JSON.
struct OperationExample: Sendable, CustomStringConvertible {
    let name: String
    let json: JSONObject
    /// What the value answers.
    let run: @Sendable (OperationRequest) async throws -> JSONValue
    /// The value, and what is read from the JSON.
    let values: @Sendable () throws -> (AnyHashable, AnyHashable)

    init<Operation: LedgerOperation & Hashable>(_ operation: Operation, _ json: JSONObject) {
        name = Operation.name
        self.json = json
        run = { try await operation.run(in: $0).document() }
        values = { (AnyHashable(operation), AnyHashable(try Operation(json: json))) }
    }

    var description: String { "\(name) \(JSONValue.object(json))" }

    /// A ledger that is the same each time, with something for every operation to look at.
    static func ledger() async throws -> MemoryLedger {
        let ledger = try await MemoryLedger.forTesting()
        let (importer, me) = (EventContext(actor: "importer"), EventContext(actor: "me", correlationID: "request"))
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
        return ledger
    }

    private static let tea = MemoryKey(key: "tea")

    static let all = memories + history + maintenance

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
                list.since = TimeReference("2026-01-01")
                list.until = TimeReference("2026-01-02")
                return list
            }(),
            [
                "stream": "mem/tea", "types": ["MemoryUpdated"], "actor": "me", "correlation": "request", "limit": 1,
                "reverse": true, "since": "2026-01-01", "until": "2026-01-02",
            ]),
        Self(ExplainEvent(.position(2)), ["event": "2"]),
        Self(PlanUndo(EventsToUndo(actor: "me", namespace: "mem")), ["actor": "me", "namespace": "mem"]),
        Self(
            UndoEvents(EventsToUndo([FixedIDs.id(3)]), isPartial: true, isBroad: true),
            ["events": ["00000000-0000-7000-8000-000000000003"], "partial": true, "all": true]),
        Self(
            UndoEvents(EventsToUndo(correlationID: "request", since: .position(2), until: .position(3))),
            ["correlation": "request", "since": "2", "until": "3"]),
    ]

    private static let maintenance: [Self] = [
        Self(ShowStatistics(), [:]),
        Self(ShowStatistics(ReadMoment(at: .position(3))), ["at": "3"]),
        Self(ComputeDigest(), [:]),
        Self(
            ComputeDigest(ReadMoment(at: .time(TimeReference(FixedClock.start)), occurred: true)),
            ["at": "2026-01-01T00:00:00Z", "occurred": true]),
    ]
}
