import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: a memory whose links stand in a column and in rows gets each of them once, with all that either place knows.
/// Method: a table of cases by the rule of `LegacyLinkMerge`; then the second reading is held against a mapping that
/// drops the column.
@Suite struct LegacyLinkMergeTests {
    private static let terms = ["to_key", "link_type", "weight", "term"]
    private static let noTerms = ["to_key", "link_type", "weight"]

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let json: String?
        var rows: [[LegacyCell]] = []
        var columns = LegacyLinkMergeTests.terms
        var missing: [String]? = []
        /// key, type, term and weight of each link.
        let links: [String]

        var testDescription: String { name }
    }

    private static func row(_ key: String, _ type: String, _ weight: Double, _ term: String? = nil) -> [LegacyCell] {
        [.text(Array(key.utf8)), .text(Array(type.utf8)), .real(weight)]
            + (term.map { [.text(Array($0.utf8))] } ?? [])
    }

    private static let bug = #"{"type":"bug","key":"b","term":"json","weight":0.25}"#
    private static let keyless = #"{"type":"bug","term":"none"}"#
    private static let cases: [Case] = [
        Case(name: "no column", json: nil, rows: [row("b", "bug", 0.5, "row")], links: ["b bug row 0.5"]),
        Case(name: "new row", json: "[]", rows: [row("b", "bug", 0.5, "row")], links: ["b bug row 0.5"]),
        Case(name: "no rows", json: "[\(bug),\(keyless)]", links: ["b bug json 0.25", "- bug none 0.5"]),
        Case(
            name: "fifth layout", json: "[\(bug),\(keyless)]", rows: [row("b", "bug", 0.75), row("c", "bug", 0.5)],
            columns: noTerms, missing: nil, links: ["b bug json 0.25", "- bug none 0.5"]),
        Case(
            name: "old row", json: "[\(bug),\(keyless)]", rows: [row("b", "bug", 0.75, "")],
            links: ["b bug json 0.75", "- bug none 0.5"]),
        Case(
            name: "term of the row", json: "[\(bug)]", rows: [row("b", "bug", 0.25, "row")], links: ["b bug row 0.25"]),
        Case(
            name: "another type", json: "[\(bug)]", rows: [row("b", "design", 0.5, "")], links: ["b design  0.5"]),
        Case(
            name: "taken away later", json: "[\(bug),\(keyless)]", rows: [row("c", "bug", 0.5, "row")],
            links: ["- bug none 0.5", "c bug row 0.5"]),
        Case(
            name: "no row could hold it", json: "[\(bug)]", rows: [row("c", "bug", 0.5, "row")], missing: ["b"],
            links: ["b bug json 0.25", "c bug row 0.5"]),
        Case(
            name: "nobody looked", json: "[\(bug)]", rows: [row("c", "bug", 0.5, "row")], missing: nil,
            links: ["b bug json 0.25", "c bug row 0.5"]),
        Case(
            name: "a target that came later", json: #"[\#(bug),{"type":"bug","key":"c","term":"later"}]"#,
            rows: [row("b", "bug", 0.25, "")], links: ["b bug json 0.25", "c bug later 0.5"]),
        Case(
            name: "twice", json: #"[\#(bug),{"type":"bug","key":"b","term":"two","weight":1}]"#,
            rows: [row("b", "bug", 1, "")], links: ["b bug json 0.25", "b bug two 1.0"]),
        Case(name: "NULL", json: "NULL", rows: [row("b", "bug", 0.5, "")], links: ["b bug  0.5"]),
        Case(name: "no JSON", json: "[{", rows: [row("b", "bug", 0.5, "")], links: ["b bug  0.5"]),
    ]

    @Test(arguments: cases)
    func merges(_ test: Case) throws {
        var row = LegacyRow(format: .kvMemory2, table: "memories", key: .text([0x61]), missingTargets: test.missing)
        row.columns = [LegacyColumn(name: "summary", cell: .text([0x73]))]
        if let json = test.json {
            let cell = json == "NULL" ? LegacyCell.null : .text(Array(json.utf8))
            row.columns.append(LegacyColumn(name: "links", cell: cell))
        }
        row.links = test.rows.map { cells in zip(test.columns, cells).map { LegacyColumn(name: $0, cell: $1) } }
        let links = try #require(LegacyMapping().interpret(row).memory).content.links
        #expect(links.map { "\($0.key ?? "-") \($0.type) \($0.term) \($0.weight)" } == test.links)
    }

    /// What 1.1.0 left, and what later versions made of it, link by link.
    @Test(arguments: [Sample.kvMemory11, .kvMemory11Kept])
    func theSecondReadingFindsLostLinks(sample: Sample) throws {
        let folder = try TemporaryFolder()
        let source = try LegacySource(path: sample.make(in: folder))
        let second = LegacySecondReading(source)
        var found = 0
        for row in try source.allRows() {
            let expectation = try #require(try second.next()?.expectation)
            let memory = try #require(LegacyMapping().interpret(row).memory).asMemory
            #expect(expectation.differences(from: memory) == [], "\(row.displayKey)")
            // As the first mapping read it.
            var dropped = row
            dropped.columns.removeAll { $0.name == "links" }
            let former = try #require(LegacyMapping().interpret(dropped).memory).asMemory
            guard former.content.links != memory.content.links else { continue }
            found += 1
            #expect(expectation.differences(from: former) == ["links"], "\(row.displayKey)")
        }
        #expect(found == (sample == .kvMemory11 ? 2 : 4))
    }

    /// Events of the first mapping hold the column, so a rebuild is enough. The event says nothing of missing targets.
    @Test func aRowThatWasImportedBeforeKeepsItsLinks() throws {
        let folder = try TemporaryFolder()
        for row in try LegacySource(path: Sample.kvMemory11Kept.make(in: folder)).allRows() {
            var former = row
            former.missingTargets = nil
            let event = LegacyRowImport(
                row: former, sourceSHA256: [], lineage: [], mappingVersion: 1, namespace: "mem", knownNamespaces: [],
                keepExpired: false, importedAt: Timestamp(milliseconds: 1), truncatedAtBytes: nil)
            let stored = LegacyRowImport(ProtoLegacyRowImported(event))
            guard case .memory(let memory) = stored.interpretation() else {
                Issue.record("\(row.displayKey)")
                continue
            }
            let now = try #require(LegacyMapping().interpret(row).memory)
            // Without knowing its targets, a link that may have been taken away stays.
            let kept = memory.content.links.filter { $0.term != "taken away" }
            #expect(kept == now.content.links, "\(row.displayKey)")
        }
    }
}
