import Foundation
import Testing

/// Goal: what depends on what can be seen. The ledger's extensions are its face, and the work is done in small types
/// that are given what they need. Method: the lines of the target are read, and the reading is tried on lines that
/// break the rules.
@Suite struct LedgerPartsTests {
    /// Signature and body.
    private static let maximumLines = 20

    /// Who is given the whole ledger: the memory service in front of it, and what hands it on to modules, which undo
    /// and import with it.
    private static let holders = [
        "KVMemory/KVMemory.swift", "KVMemory/KVMemoryService.swift",
        "Transfer/EventImporter.swift", "Undo/MemoryUndo.swift", "Undo/UndoOverlay.swift",
        "Undo/UndoPlanner.swift", "Undo/UndoRun.swift",
    ]
    /// Commands decide in place, each in a few lines over a `Decision`.
    private static let commands = ["Memories/MemoryLedger+Commands.swift"]

    private static func sources() throws -> [(String, [Substring])] {
        let prefix = "Sources/MemoryLedger/"
        return try RepositoryRulesTests.sources([prefix]).map { (String($0.0.dropFirst(prefix.count)), $0.1) }
    }

    /// The functions of a file's extensions of the ledger that do too much, or are of no use to others.
    static func findings(_ lines: [Substring]) -> [String] {
        var found: [String] = []
        var isInside = false
        for (index, line) in lines.enumerated() {
            let words = line.split(separator: " ")
            if words.contains("extension"), let first = line.first, first != " " {
                isInside = words.contains { $0 == "MemoryLedger" || $0 == "MemoryLedger:" }
            } else if line == "}" {
                isInside = false
            }
            guard isInside, words.contains("func"), !words.contains(where: { $0.hasPrefix("//") }) else { continue }
            let indent = line.prefix { $0 == " " }
            let end = line.hasSuffix("}") ? index : lines[index...].firstIndex { $0 == indent + "}" } ?? index
            if words.contains("private") || words.contains("fileprivate") {
                found.append("\(index + 1): belongs into a type of its own")
            } else if end - index + 1 > maximumLines {
                found.append("\(index + 1): has \(end - index + 1) lines")
            }
        }
        return found
    }

    @Test func extensionsOfTheLedgerOnlyPassOn() throws {
        var extensions = 0
        for (name, lines) in try Self.sources() where !Self.commands.contains(name) {
            if lines.contains(where: { $0.hasPrefix("extension MemoryLedger ") }) { extensions += 1 }
            for finding in Self.findings(lines) { Issue.record("\(name):\(finding)") }
        }
        #expect(extensions > 15)
    }

    @Test func fewAreGivenTheWholeLedger() throws {
        let holds = /(let|var) \w+: MemoryLedger\b/
        let found = try Self.sources().filter { _, lines in lines.contains { $0.firstMatch(of: holds) != nil } }
        #expect(found.map(\.0).sorted() == Self.holders.sorted())
    }

    @Test func whatDoesTooMuchIsFound() {
        let long = Array(repeating: Substring("        work()"), count: Self.maximumLines)
        let many = ["extension MemoryLedger {", "    public func all() {"] + long + ["    }", "}"]
        #expect(Self.findings(many) == ["2: has \(Self.maximumLines + 2) lines"])
        #expect(
            Self.findings(["extension MemoryLedger: MemoryReading {", "    private func one() { work() }", "}"])
                == ["2: belongs into a type of its own"])
        #expect(Self.findings(["extension Memory {", "    private func one() { work() }", "}"]).isEmpty)
        #expect(Self.findings(["extension MemoryLedger {", "    public func one() { work() }", "}"]).isEmpty)
    }
}
