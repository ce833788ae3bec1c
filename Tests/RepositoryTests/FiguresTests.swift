import Foundation
import Testing

/// Goal: no document shows a figure that was not measured, or another one. Method: the repository as it is, and a small
/// one with a document whose figures are old, wrong or of nothing.
@Suite(.enabled(if: Git.isThere, "git or python3 is not installed, or this is no clone"))
struct FiguresTests {
    @Test func documentsShowWhatWasMeasured() throws {
        let run = try Self.run(["--check"], in: RepositoryRulesTests.root)
        #expect(run.status == 0, "\(run.output)")
    }

    @Test func whatIsOldIsWritten() throws {
        try Self.inRepository("It is <!--=get.ratio-->9.99<!--/-->, of <!--=get.floor-->0<!--/-->.") { root in
            let check = try Self.run(["--check"], in: root)
            #expect(check.status == 1 && check.output.hasPrefix("README.md, \(Self.article): other figures"))
            #expect(try Self.run(["--write"], in: root).status == 0)
            let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
            #expect(readme.hasPrefix("It is <!--=get.ratio-->1.65<!--/-->, of <!--=get.floor-->4.78 µs<!--/-->."))
            let text = try String(contentsOf: root.appending(path: Self.article), encoding: .utf8)
            let row = "| get a memory (`get`) | 7.84 µs | 4.78 µs (C) | 1.65 | **at most 1.40** | abc, 2026-01-02 |"
            #expect(text.contains("\n\(row)\n"))
            #expect(text.contains("\nMeasured on a machine.\n<!-- /figures -->"))
            #expect(try Self.run(["--check"], in: root).status == 0)
        }
    }

    @Test func whatWasNotMeasuredIsRefused() throws {
        try Self.inRepository("It is <!--=put.ratio-->1<!--/-->.") { root in
            let run = try Self.run(["--write"], in: root)
            #expect(run.status == 1 && run.output == "README.md shows put.ratio, which was not measured.\n")
        }
    }

    /// The table has one place, which is there.
    @Test func theTableStandsInTheArticleAlone() throws {
        let table = "<!-- figures -->\n<!-- /figures -->\n"
        try Self.inRepository(table) { root in
            let run = try Self.run(["--write"], in: root)
            #expect(run.status == 1 && run.output.hasPrefix("README.md has a table of figures; it stands in Sources/"))
        }
        try Self.inRepository("No figures.") { root in
            try Data("# Speed\n".utf8).write(to: root.appending(path: Self.article))
            let run = try Self.run(["--check"], in: root)
            #expect(run.status == 1 && run.output.hasPrefix("\(Self.article) has no place for the table"))
        }
    }

    private static let article = "Sources/MemoryLedger/MemoryLedger.docc/Speed.md"
    private static let kept = """
        {"get": {"title": "get a memory", "unit": "µs", "ours": 7.8412, "floor": 4.784, "floor_name": "C",
        "ratio": 1.6499, "target": "at most 1.40 × the floor", "is_reached": false, "notes": ["none"], "runs": 5,
        "commit": "abc", "date": "2026-01-02", "machine": "a machine"}}
        """

    private static func inRepository(_ sentence: String, _ body: (URL) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID())")
        let tools = root.appending(path: "Tools/benchmark")
        try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let script = RepositoryRulesTests.root.appending(path: "Tools/benchmark/figures")
        try FileManager.default.copyItem(at: script, to: tools.appending(path: "figures"))
        try Data(kept.utf8).write(to: tools.appending(path: "figures.json"))
        try Data("\(sentence)\n".utf8).write(to: root.appending(path: "README.md"))
        let speed = root.appending(path: article)
        try FileManager.default.createDirectory(
            at: speed.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("# Speed\n\n<!-- figures -->\nold\n<!-- /figures -->\n".utf8).write(to: speed)
        for words in [["init", "--quiet"], ["add", "README.md", article]] {
            let git = try Process.run(URL(filePath: "/usr/bin/env"), arguments: ["git", "-C", root.path] + words)
            git.waitUntilExit()
            #expect(git.terminationStatus == 0)
        }
        try body(root)
    }

    private static func run(_ arguments: [String], in root: URL) throws -> (status: Int32, output: String) {
        try Script.run("Tools/benchmark/figures", arguments, in: root)
    }
}

private enum Git {
    static let isThere: Bool = {
        let clone = RepositoryRulesTests.root.appending(path: ".git").path
        return Script.canUse("git") && Script.canUse("python3") && FileManager.default.fileExists(atPath: clone)
    }()
}
