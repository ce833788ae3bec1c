import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// A ledger checked out in a layout of the old program, and the file migrated into an empty ledger.
struct RoundTrip {
    let layout: LegacyLayout
    let report: LegacyCheckoutReport
    let file: String
    private let before: [Memory]
    private let after: [Memory]
    private let migration: MigrationReport

    init(_ test: TestLedger, _ layout: LegacyLayout, at moment: Moment? = nil) async throws {
        self.layout = layout
        file = test.folder.file("round-trip-\(layout.rawValue).db")
        let view: any MemoryReading = if let moment { try await test.ledger.asOf(moment) } else { test.ledger }
        report = try await test.ledger.checkout(
            in: layout, at: (view as? LedgerView)?.moment, to: file, replacing: true)
        before = try await view.everyMemory()
        let other = try await TestLedger.open(clock: test.clock)
        var options = MigrationOptions()
        options.namespaces = report.namespaces
        migration = try await other.ledger.migrate(from: file, options: options)
        after = try await other.ledger.everyMemory()
        await other.ledger.close()
    }

    /// Every memory is there again, field by field but for what was reported; and what was reported does differ.
    func expectNothingLost(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(migration.format == layout.format, comment, sourceLocation: sourceLocation)
        #expect(migration.verified.different.isEmpty, comment, sourceLocation: sourceLocation)
        #expect(report.leftOut + report.changed == report.entries.count, comment, sourceLocation: sourceLocation)
        var entries: [MemoryKey: LegacyCheckoutReport.Entry] = [:]
        for entry in report.entries { entries[MemoryKey(namespace: entry.namespace, key: entry.key)] = entry }
        var found = Dictionary(uniqueKeysWithValues: after.map { ($0.id, $0) })
        for memory in before {
            let entry = entries[memory.id]
            if entry?.isLeftOut == true { continue }
            let reported = Set(entry?.fields.map(\.name) ?? [])
            if reported.contains("memory") { continue }
            let place = place(of: memory.id)
            let again = try #require(found[place], "\(comment): \(memory.id)")
            found[place] = nil
            var different = differences(memory, again)
            if place.namespace != memory.namespace { different.insert("namespace") }
            if place.key != memory.key { different.insert("key") }
            // These cannot be seen in a memory.
            let unseen: Set<String> = ["provenance", "expires"]
            #expect(
                different == reported.subtracting(unseen), "\(comment): \(memory.id)", sourceLocation: sourceLocation)
        }
        #expect(found.isEmpty, "\(comment): \(found.keys)", sourceLocation: sourceLocation)
    }

    /// Where a memory must be after the migration, worked out without the code that is tested.
    private func place(of id: MemoryKey) -> MemoryKey {
        let prefix = id.namespace + ":"
        let row = id.key.utf8.starts(with: prefix.utf8) ? id.key : prefix + id.key
        switch layout {
        case .kvMemory2: return MemoryKey(key: id.namespace == "mem" ? id.key : row)
        case .keyv:
            let known = report.namespaces.filter { row.utf8.starts(with: ($0 + ":").utf8) }
            let namespace = known.max { $0.utf8.count < $1.utf8.count } ?? String(row.prefix { $0 != ":" })
            return MemoryKey(
                namespace: namespace,
                key: String(decoding: row.utf8.dropFirst(namespace.utf8.count + 1), as: UTF8.self))
        }
    }

    private func differences(_ before: Memory, _ after: Memory) -> Set<String> {
        let (old, new) = (before.content, after.content)
        let isSame: [(String, Bool)] = [
            ("domain", old.domain.utf8.elementsEqual(new.domain.utf8)),
            ("summary", old.summary.utf8.elementsEqual(new.summary.utf8)),
            ("text", old.text.utf8.elementsEqual(new.text.utf8)), ("type", old.type.utf8.elementsEqual(new.type.utf8)),
            ("keywords", MemoryColumns.json(old.keywords) == MemoryColumns.json(new.keywords)),
            (
                "links",
                MemoryColumns.json(old.links) == MemoryColumns.json(new.links.enumerated().map(withoutAdditions))
            ),
            ("extra", JSONValue.object(old.extra).compactBytes == JSONValue.object(new.extra).compactBytes),
            ("created_at", before.meta.createdAt == after.meta.createdAt),
            ("last_accessed_at", before.meta.lastAccessedAt == after.meta.lastAccessedAt),
            ("last_linked_at", before.meta.lastLinkedAt == after.meta.lastLinkedAt),
            ("access_count", before.meta.accessCount == after.meta.accessCount),
            ("traverse_count", before.meta.traverseCount == after.meta.traverseCount),
            ("status", before.meta.status == after.meta.status),
        ]
        func withoutAdditions(_ index: Int, _ link: MemoryLink) -> MemoryLink {
            guard layout == .kvMemory2, old.links.count == new.links.count else { return link }
            var link = link
            for name in ["created_at", "access_count"] where old.links[index].extra[name] == nil {
                link.extra.remove(name)
            }
            return link
        }
        return Set(isSame.filter { !$0.1 }.map(\.0))
    }
}

extension MigrationReport {
    fileprivate var format: LegacyFormat { source.format }
}

extension MemoryReading {
    /// Every memory that is shown, page by page.
    func everyMemory() async throws -> [Memory] {
        var memories: [Memory] = []
        var query = MemoryQuery(limit: MemoryQuery.maximumLimit)
        repeat {
            let page = try await list(query)
            memories += page.memories
            query.after = page.next
        } while query.after != nil
        return memories
    }
}
