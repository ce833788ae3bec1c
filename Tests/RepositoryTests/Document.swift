import Foundation
import Testing

/// A document of the repository, as its reader has it.
struct Document: Sendable, CustomTestStringConvertible {
    /// From the repository's root.
    var path: String
    var text: String

    var testDescription: String { path }

    /// The catalogue that it is an article of, from the root; nil for other documents.
    var catalogue: String? {
        guard let end = path.range(of: ".docc/") else { return nil }
        return String(path[..<path.index(before: end.upperBound)])
    }

    var name: String { String(path.split(separator: "/").last?.dropLast(3) ?? "") }

    /// All of them but those of other packages, and the samples of tests.
    static func all() throws -> [Document] {
        let root = RepositoryRulesTests.root
        var found: [Document] = []
        for name in ["README.md", "CHANGELOG.md"] { found.append(try Document(name)) }
        for folder in ["Sources", "Schemas", "Tools"] {
            let files = FileManager.default.enumerator(
                at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "md", !file.path.contains("/.build/") else { continue }
                found.append(try Document(String(file.path.dropFirst(root.path.count + 1))))
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    init(path: String, text: String) { (self.path, self.text) = (path, text) }

    init(_ path: String) throws {
        let file = RepositoryRulesTests.root.appendingPathComponent(path)
        self.init(path: path, text: try String(contentsOf: file, encoding: .utf8))
    }

    /// What stands between fences of this language.
    func blocks(_ language: String) -> [String] {
        var found: [String] = []
        var isInside = false
        var isWanted = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isWanted = !isInside && line == "```\(language)"
                isInside.toggle()
                if isWanted { found.append("") }
            } else if isInside, isWanted {
                found[found.count - 1] += line + "\n"
            }
        }
        return found
    }

    /// The lines outside of fences, with their numbers from 1.
    var prose: [(number: Int, line: String)] {
        var isInside = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            if line.hasPrefix("```") { isInside.toggle() }
            return isInside || line.hasPrefix("```") ? nil : (index + 1, String(line))
        }
    }

    /// Of its headings, as browsers and code hosts make them.
    var anchors: Set<String> {
        Set(
            prose.compactMap { $0.line.wholeMatch(of: /#+ (.*)/).map { String($0.1) } }.map { heading in
                heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
                    .replacing(" ", with: "-")
            })
    }
}
