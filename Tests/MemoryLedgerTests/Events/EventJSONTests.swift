import EventLog
import Testing

@testable import MemoryLedger

/// Goal: an event as JSON says all that the event says, under the names of its message.
/// Method: a table of events with the text of their data; the envelope, once with and once without its optional parts.
@Suite struct EventJSONTests {
    private static let content = MemoryContent(
        domain: "food", summary: "tea", text: "a\nb", type: "design", keywords: ["k"],
        links: [
            MemoryLink(type: "bug", key: "x", term: "t", weight: 1), MemoryLink(type: "design", term: ""),
        ], extra: ["score": 1.50])
    private static let contentText = """
        {"domain":"food","summary":"tea","text":"a\\nb","type":"design","keywords":["k"],"links":\
        [{"type":"bug","key":"x","term":"t","weight":1},{"type":"design","term":"","weight":0.5}],"extra":{"score":1.5}}
        """

    private static let events: [(MemoryEvent, String)] = [
        (.added(content), contentText), (.replaced(content), contentText),
        (.updated(MemoryChange(summary: "")), #"{"summary":""}"#),
        (.updated(MemoryChange(domain: "d", keywords: [], links: [])), #"{"domain":"d","keywords":[],"links":[]}"#),
        (.renamed(newKey: "n"), #"{"new_key":"n"}"#), (.nameTaken(oldKey: "o"), #"{"old_key":"o"}"#),
        (.deleted, "{}"), (.accessed, "{}"), (.traversed, "{}"),
        (
            .linked(MemoryLink(type: "bug", key: "x", term: "t")),
            #"{"type":"bug","key":"x","term":"t","weight":0.5}"#
        ),
        (.unlinked(key: "x", type: nil, term: nil), #"{"key":"x"}"#),
        (.unlinked(key: "x", type: "bug", term: ""), #"{"key":"x","type":"bug","term":""}"#),
        (
            .metaSet(
                MemoryMetaValues(
                    createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
                    lastLinkedAt: Timestamp(milliseconds: 3), accessCount: 4, traverseCount: 5, status: .cold)),
            #"{"created_at":1,"last_accessed_at":2,"last_linked_at":3,"access_count":4,"traverse_count":5,"#
                + #""status":"cold"}"#
        ),
        (
            .legacyImportStarted(
                LegacyImportStart(
                    path: "p", sourceSHA256: [0, 255], lineage: [10], format: "keyv", table: "t", sizeBytes: 7,
                    mappingVersion: 2)),
            #"{"path":"p","format":"keyv","table":"t","size_bytes":7,"mapping_version":2,"source_sha256":"00ff","#
                + #""lineage":"0a"}"#
        ),
        (
            .legacyImportStarted(
                LegacyImportStart(
                    path: "p", sourceSHA256: [1], lineage: [10], format: "keyv", table: "t", sizeBytes: 7,
                    mappingVersion: 2, unitedLineages: [[11], [255, 0]], isContinuedByHand: true)),
            #"{"path":"p","format":"keyv","table":"t","size_bytes":7,"mapping_version":2,"source_sha256":"01","#
                + #""lineage":"0a","united_lineages":["0b","ff00"],"is_continued_by_hand":true}"#
        ),
    ]

    @Test(arguments: events)
    func dataHasTheMessagesFields(event: MemoryEvent, text: String) throws {
        #expect(event.json.description == text)
        let recorded = try Self.recorded(event.type, payload: event.payload())
        #expect(try recorded.json()["data"]?.description == text)
    }

    @Test func aLegacyRowShowsItsCellsAsTheyWere() throws {
        let row = LegacyRow(
            format: .keyv6, table: "keyv", key: .text(Array("mem:tea".utf8)), namespace: .null, expires: .integer(5),
            value: .text([0x22, 0xff]), columns: [LegacyColumn(name: "more", cell: .real(0.25))],
            links: [[LegacyColumn(name: "to_key", cell: .blob([1, 2, 3]))]])
        let event = MemoryEvent.legacyRowImported(
            LegacyRowImport(
                row: row, sourceSHA256: [1], lineage: [2], mappingVersion: 3, namespace: "mem",
                knownNamespaces: ["mem"], tableNamespace: "n",
                former: LegacyRowName(table: "o", namespace: .text([0x6e]), key: .integer(4)), keepExpired: true,
                importedAt: Timestamp(milliseconds: 9), truncatedAtBytes: 44))
        #expect(
            event.json.description == """
                {"format":"keyv6","table":"keyv","namespace":"mem","raw_key":"mem:tea","raw_namespace":null,\
                "raw_value":{"$base64":"Iv8="},"expires":5,"columns":{"more":0.25},\
                "links":[{"to_key":{"$base64":"AQID"}}],"known_namespaces":["mem"],"table_namespace":"n",\
                "former":{"table":"o","raw_namespace":"n","raw_key":4},"keep_expired":true,\
                "mapping_version":3,"source_sha256":"01","lineage":"02","imported_at":9,"truncated_at_bytes":44}
                """)
    }

    @Test func theEnvelopeHasEveryMember() throws {
        var event = try Self.recorded("MemoryAccessed", payload: [])
        #expect(
            try event.json().description == """
                {"position":7,"stream":"mem/tea","version":3,"type":"MemoryAccessed","schema_version":1,\
                "event_id":"00000000-0000-0001-0000-000000000002","recorded_at":"1970-01-01T00:00:00.001Z",\
                "occurred_at":"1969-12-31T23:59:59.999Z","actor":null,"correlation_id":null,"causation_id":null,\
                "data":{}}
                """)
        event.attribution = Attribution(actor: "a", correlationID: "b", causationID: "c")
        let json = try event.json()
        #expect(["actor", "correlation_id", "causation_id"].map { json[$0]?.string } == ["a", "b", "c"])
    }

    @Test(arguments: [("Unheard", 1), ("MemoryAccessed", 2)])
    func whatIsUnknownIsKept(type: String, schemaVersion: Int) throws {
        var event = try Self.recorded(EventType(type), payload: [1, 2, 255])
        event.schemaVersion = schemaVersion
        #expect(try event.json()["data"]?.description == #"{"$unknown":"AQL/"}"#)
    }

    @Test func aDamagedBodyNamesThePosition() throws {
        let event = try Self.recorded("MemoryAdded", payload: [0xff])
        let error = #expect(throws: EventLogError.self) { _ = try event.json() }
        #expect(error?.code == .damagedPayload && error?.position == 7)
    }

    private static func recorded(_ type: EventType, payload: [UInt8]) throws -> RecordedEvent {
        RecordedEvent(
            position: 7, stream: "mem/tea", version: 3, type: type, schemaVersion: 1, id: EventID(high: 1, low: 2),
            recordedAt: Timestamp(milliseconds: 1), occurredAt: Timestamp(milliseconds: -1), attribution: Attribution(),
            payload: payload)
    }
}
