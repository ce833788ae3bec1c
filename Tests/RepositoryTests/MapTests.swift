import Foundation
import Testing

/// Goal: the map of the targets is right: each has one row, and knows only those below it. Method: its rows are
/// compared with what the files import; and the comparison is tried on maps that are wrong.
@Suite struct MapTests {
    /// The targets of a map, from the top.
    private static func targets(_ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let map = lines.drop { $0 != "## The map" }
        return map.compactMap { $0.wholeMatch(of: /\| `([A-Za-z0-9]+)` \|.*/).map { String($0.1) } }
    }

    /// - Parameter imports: by target, what its files import.
    private static func findings(_ map: [String], _ imports: [String: Set<String>]) -> [String] {
        var found = Set(map).symmetricDifference(imports.keys).map { "\($0) is only in the map, or not in it" }
        for (place, target) in map.enumerated() {
            if map.firstIndex(of: target) != place { found.append("\(target) stands twice") }
            for other in map[..<place] where other != target && imports[target]?.contains(other) == true {
                found.append("\(target) knows \(other), which is above it")
            }
        }
        return found.sorted()
    }

    @Test func everyTargetHasItsPlace() throws {
        let text = try String(
            contentsOf: RepositoryRulesTests.root.appendingPathComponent("Sources/DESIGN.md"), encoding: .utf8)
        var imports: [String: Set<String>] = [:]
        for (name, lines) in try RepositoryRulesTests.sources(["Sources"]) {
            let target = String(name.split(separator: "/")[1])
            let named = lines.compactMap { $0.wholeMatch(of: /(?:[@a-z()A-Z]+ )?import (\w+)/).map { String($0.1) } }
            imports[target, default: []].formUnion(named)
        }
        #expect(imports.count > 10 && imports["MemoryLedger"]?.contains("TextSearchFTS5") == true)
        let found = Self.findings(Self.targets(text), imports)
        #expect(found.isEmpty, "\(found.joined(separator: "; "))")
    }

    @Test func wrongMapsAreFound() {
        let imports: [String: Set<String>] = ["High": ["Low", "Foundation"], "Low": []]
        #expect(Self.findings(["High", "Low"], imports).isEmpty)
        #expect(Self.findings(["Low", "High"], imports) == ["High knows Low, which is above it"])
        #expect(Self.findings(["High", "Low", "High"], imports).contains("High stands twice"))
        #expect(Self.findings(["High"], imports) == ["Low is only in the map, or not in it"])
        #expect(Self.targets("| `No` | |\n## The map\n| target | x |\n| `A` | x | |\n| `B` | |") == ["A", "B"])
    }
}
