import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Writes a ledger that holds every type of event and every kind of row.
enum EveryEvent {
    /// The memories that are there at the end.
    static let memories = 9

    /// - Parameter source: where the legacy database is made that is imported.
    static func write(_ test: TestLedger, source: String? = nil) async throws {
        let ledger = test.ledger
        let attribution = Attribution(actor: "agent é", correlationID: "request 1", causationID: "cause")
        try await ledger.add("a", content("a", links: ["b", "later", nil, "a"]), by: attribution)
        try await ledger.addAll([("b", content("b", links: ["a"])), ("c", content("c", links: []))], by: attribution)
        test.clock.advance(1_500)
        try await ledger.put("c", content("c again", links: ["a", "never"]))
        try await ledger.update("a", MemoryChange(summary: "changed", keywords: ["x", "\"quoted\\"]))
        try await ledger.link("b", MemoryLink(type: "bug", key: "c", term: "t", weight: 1))
        try await ledger.link("c", MemoryLink(type: "bug", term: "no key"))
        try await ledger.unlink("c", from: "a")
        _ = try await ledger.access("a", by: attribution)
        _ = try await ledger.traverse("b")
        try await ledger.flushReads()
        test.clock.advance(1_500)
        try await ledger.setMeta("b", .cold)
        try await ledger.add("later", content("later", links: ["later"]))
        try await ledger.rename("later", to: "renamed")
        try await ledger.add("gone", content("gone", links: ["a"]))
        try await ledger.delete("gone")
        try await ledger.putExactly("mem:a", content("exactly", links: ["mem:a", "mem:b"]))
        try await ledger.delete("mem:a")
        try await ledger.add(MemoryKey(namespace: "a/b%", key: "日本/é"), content("elsewhere", links: ["nowhere"]))
        let source = source ?? test.folder.file("legacy.sqlite")
        try TestDatabase(source, legacy).close()
        let report = try await ledger.migrate(from: source)
        #expect((report.rows, report.imported, report.quarantined, report.expired) == (7, 5, 2, 1))
        try await holdBack(ledger, attribution)
        #expect(try await Set(ledger.events().map(\.type)) == types.subtracting([MemoryEvent.Name.restored]))
        #expect(try await ledger.all().count == memories)
    }

    /// Of memories, quarantines, audits and policies.
    static let types = MemoryEvent.Name.all.union(QuarantineEvent.Name.all).union(AuditEvent.Name.all)
        .union([LedgerPolicyChange.eventType])

    /// Provenance, quarantines, policy and audited reads; what is added here is not shown at the end.
    private static func holdBack(_ ledger: MemoryLedger, _ attribution: Attribution) async throws {
        let tool = Provenance(source: .init(.tool, "web é"), trust: 40, derivedFrom: ["a", "no such"])
        try await ledger.add("poison", content("poison", links: ["a"]), from: tool, by: attribution)
        try await ledger.add(
            MemoryKey(namespace: "a/b%", key: "derived"), content("derived", links: []),
            from: Provenance(trust: 7, derivedFrom: ["poison"]))
        let model = Provenance.Source(.model, "m")
        try await ledger.add("made", content("made", links: []), from: Provenance(source: model))
        try await ledger.quarantine(.source(model), reason: "a trial", by: attribution)
        try await ledger.delete("made")
        try await ledger.release(.source(model), by: attribution)
        try await ledger.quarantine(.source(.init(.tool, "web é")), by: attribution)
        try await ledger.setPolicy(LedgerPolicyChange(requiresActor: false, auditsReads: true), by: attribution)
        _ = try await ledger.reading(by: attribution).get("a")
        try await ledger.flushReads()
        try await ledger.setPolicy(LedgerPolicyChange(auditsReads: false), by: attribution)
        try await ledger.recordContext("writer", memories: [ContextEntry("a", version: 3)], by: attribution)
    }

    private static func content(_ summary: String, links: [String?]) -> MemoryContent {
        MemoryContent(
            domain: "d", summary: summary, text: "line\nüber 🧠", type: "decision", keywords: ["k"],
            links: links.enumerated().map {
                MemoryLink(type: "design", key: $0.element, term: "t\($0.offset)", weight: 0.1)
            })
    }

    private static let legacy = """
        CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
        INSERT INTO keyv VALUES
            ('mem:old one', '{"value":{"summary":"old","extra":[1,null],"links":[{"type":"odd","key":"a","term":"t",
                "weight":2.5,"more":true}]}}'),
            ('mem:project:x', '{"value":{"summary":"x"}}'),
            ('mem:a', '{"value":{"summary":"taken"}}'),
            ('mem:broken', '{"value":'),
            ('mem:expired', '{"value":{"summary":"expired"},"expires":1}'),
            ('mem:expires', '{"value":{"summary":"later"},"expires":4102444800000}'),
            ('mem:with meta', '{"value":{"summary":"m","meta":{"created_at":7,"access_count":3,"status":"cold"}}}');
        """
}
