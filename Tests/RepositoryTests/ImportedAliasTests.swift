import Testing

/// Goal: what a debug build takes a release build takes, too. A C alias such as `mode_t` in a declaration that other
/// targets see needs an import of that access level, and only a release build says so, which takes too long to be made
/// with every change.
/// Method: every such declaration is read, without a compiler; and the rule is tried on lines that break it.
@Suite struct ImportedAliasTests {
    /// A declaration that other targets see, with its indent and its kind.
    private static var seen: Regex<(Substring, Substring, Substring)> {
        /^( *)(?:@\S+ )*(?:package|public|open) (?:\w+ )*?(func|init|subscript|var|let|typealias|enum|protocol|extension|case)\b/
    }
    /// In these everything is seen that does not say otherwise.
    private static let containers: Set<Substring> = ["protocol", "extension"]
    private static var hidden: Regex<Substring> { /\b(?:private|fileprivate|internal)\b/ }
    private static var visibleImport: Regex<Substring> {
        /^(?:@\S+ )*(?:package|public) import (?:Foundation|Glibc|Darwin|Musl)\b/
    }
    private static var alias: Regex<Substring> { /\b[a-z][a-z0-9_]*_t\b/ }

    /// The numbers of the lines that name an alias where other targets see it.
    static func findings(_ lines: [Substring]) -> [Int] {
        // Most files name none, and a regular expression takes its time.
        let alias = alias
        guard lines.contains(where: { $0.contains("_t") && $0.firstMatch(of: alias) != nil }) else { return [] }
        if lines.contains(where: { $0.firstMatch(of: visibleImport) != nil }) { return [] }
        var found: Set<Int> = []
        for (index, line) in lines.enumerated() {
            guard let match = line.firstMatch(of: seen) else { continue }
            let (indent, kind) = (match.1, match.2)
            let end = lines[index...].firstIndex { $0.hasPrefix(indent + "}") } ?? index
            if containers.contains(kind) || kind == "enum" {
                let member = indent + "    "
                for (number, inner) in lines.enumerated() where (index...end).contains(number) {
                    guard inner.hasPrefix(member), inner.dropFirst(member.count).first != " " else { continue }
                    if kind == "enum", !inner.dropFirst(member.count).hasPrefix("case ") { continue }
                    if inner.firstMatch(of: hidden) == nil { found.formUnion(named(lines, from: number)) }
                }
            } else {
                found.formUnion(named(lines, from: index))
            }
        }
        return found.sorted()
    }

    /// The aliases of one declaration, up to its body or its value.
    private static func named(_ lines: [Substring], from start: Int) -> [Int] {
        var depth = 0
        var found: [Int] = []
        for (number, line) in lines.enumerated().dropFirst(start) {
            var code = ""
            var isOver = false
            for character in line.split(separator: "//", maxSplits: 1).first ?? "" {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                // A body and a value say what no other declaration sees.
                isOver = depth == 0 && (character == "{" || character == "=")
                if isOver { break }
                code.append(character)
            }
            if code.firstMatch(of: alias) != nil { found.append(number + 1) }
            if isOver || depth <= 0 { break }
        }
        return found
    }

    @Test func noAliasIsSeenWithoutItsImport() throws {
        let sources = try RepositoryRulesTests.sources(["Sources", "Tests"])
        #expect(!sources.isEmpty)
        for (name, lines) in sources {
            for line in Self.findings(lines) {
                Issue.record("\(name):\(line) names a C alias: give a Swift type, such as UInt32 for mode_t")
            }
        }
    }

    @Test(
        arguments: [
            ("package var mode: mode_t { 0 }", [1]),
            ("    public static func f(\n        _ a: Int,\n        _ b: off_t) -> Int {", [3]),
            ("package let id: pid_t", [1]), ("@discardableResult package func f() -> ssize_t {", [1]),
            ("package init(_ limit: Int = 0, mode: mode_t) {", [1]),
            ("package enum Kind {\n    case open(mode_t)\n    private var mode: mode_t { 0 }\n}", [2]),
            ("package protocol Opening {\n    func open(_ mode: mode_t)\n}", [2]),
            ("package extension Int {\n    var mode: mode_t { 0 }\n    private var other: mode_t { 0 }\n}", [2]),
            ("package import Foundation\n\npackage let id: pid_t", []),
            ("import Foundation\n\npackage let id: pid_t", [3]),
            ("let id: pid_t", []), ("package func f() { let mode: mode_t = 0 }", []),
            ("package let mode = UInt32(0) // a mode_t", []),
        ] as [(String, [Int])])
    func theRuleTells(text: String, expected: [Int]) {
        #expect(Self.findings(text.split(separator: "\n", omittingEmptySubsequences: false)) == expected)
    }
}
