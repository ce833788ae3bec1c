import EventLog
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: the second reading agrees with the import on every sample, and notices any changed field. Method: both run
/// over the samples; then one field at a time is changed.
@Suite struct LegacySecondReadingTests {
    @Test(arguments: Sample.allCases, [[], ["mem", "mem:project"]])
    func agreesOnTheSamples(sample: Sample, namespaces: [String]) throws {
        let folder = try TemporaryFolder()
        let source = try LegacySource(path: sample.make(in: folder))
        #expect(source.format == sample.format)
        let mapping = LegacyMapping(namespaces: namespaces)
        let second = LegacySecondReading(source, namespaces: namespaces)
        var winners: Set<MemoryKey> = []
        var imported = 0
        for row in try source.allRows() {
            if row.format == .kvMemory2, row.columns.isEmpty { continue }
            let read = try #require(try second.next())
            #expect(read.key == row.key)
            guard case .memory(let memory) = mapping.interpret(row) else { continue }
            imported += 1
            #expect(read.id == memory.id, "\(row.displayKey)")
            #expect(read.isShadowed == !winners.insert(memory.id).inserted, "\(row.displayKey)")
            let differences = read.expectation?.differences(from: memory.asMemory)
            #expect(differences == [], "\(row.displayKey)")
        }
        #expect(try second.next() == nil)
        let expected: [Sample: Int] = [.keyv: 333, .keyv6: 9, .kvMemory1: 6, .kvMemory2: 3]
        #expect(imported == expected[sample] ?? 5)
    }

    /// Rows that are quarantined for what their value is are no memories to SQLite either.
    @Test func expectsNoMemoryWhereThereIsNone() throws {
        let folder = try TemporaryFolder()
        let source = try LegacySource(path: Sample.keyv.make(in: folder))
        let second = LegacySecondReading(source)
        var none: Set<String> = []
        while let read = try second.next() {
            if read.expectation == nil { none.insert(LegacyRow.display(read.key)) }
        }
        #expect(
            none == [
                "keyv:undefined", "mem:ui_note", "mem:list_value", "mem:null_value", "mem:no_value", "mem:bare_string",
                "mem:cut_off", "mem:not_json", "mem:trailing", "mem:empty_text", "mem:sql_null", "mem:blob_value",
            ])
    }

    private static let changes: [(field: String, apply: @Sendable (inout Memory) -> Void)] = [
        ("domain", { $0.content.domain += "x" }), ("summary", { $0.content.summary = "" }),
        ("text", { $0.content.text += " " }), ("type", { $0.content.type = "T" }),
        ("keywords", { $0.content.keywords.reverse() }), ("links", { $0.content.links[0].weight += 1e-9 }),
        ("links", { $0.content.links[1].key = nil }), ("links", { $0.content.links.removeLast() }),
        ("created_at", { $0.meta.createdAt.milliseconds += 1 }), ("access_count", { $0.meta.accessCount += 1 }),
        ("status", { $0.meta.status = .deleted }),
    ]

    @Test func noticesAChangedField() throws {
        let folder = try TemporaryFolder()
        let source = try LegacySource(path: Sample.keyv.make(in: folder))
        let row = try #require(try source.allRows().first)
        let expectation = try #require(try LegacySecondReading(source).next()?.expectation)
        let imported = try #require(LegacyMapping().interpret(row).memory).asMemory
        #expect(expectation.differences(from: imported) == [])
        for change in Self.changes {
            var memory = imported
            change.apply(&memory)
            #expect(expectation.differences(from: memory) == [change.field])
        }
        #expect(expectation.differences(from: nil) == ["memory"])
    }
}

extension LegacyMemory {
    /// The memory as a projection would show it, times that are missing as 0.
    var asMemory: Memory {
        let none = Timestamp(milliseconds: 0)
        return Memory(
            id: id, content: content,
            meta: MemoryMeta(
                id: id.key, createdAt: meta.createdAt ?? none, lastAccessedAt: meta.lastAccessedAt ?? none,
                lastLinkedAt: meta.lastLinkedAt ?? none, accessCount: meta.accessCount ?? 0,
                traverseCount: meta.traverseCount ?? 0, status: meta.status ?? .active))
    }
}
