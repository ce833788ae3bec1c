import ArgumentParser
import Foundation
import MemoryLedger

@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures MemoryLedger against plain C on SQLite, in the same run, with the same settings and rows.",
        discussion: """
            Each cell runs ours and its floor in turn, on fresh files, and prints the medians, the median of the runs'
            ratios and what is to be reached. Trust the ratios; the absolute figures are this machine's of this minute.

            Example: benchmark --only append append-one --runs 7 --json results.json
            """)

    @Option(help: "Also write the results to this file, as JSON.")
    var json: String?

    @Flag(help: "Also put the results into the article Speed and other documents, with commit, day and machine.")
    var readme = false

    @Option(parsing: .upToNextOption, help: "Only these cells.")
    var only: [String] = []

    @Flag(help: "Smaller sizes, for a first impression; targets that depend on size mean little then.")
    var quick = false

    @Option(help: "Runs of each cell; the median counts.")
    var runs = 5

    @Option(help: "Where the databases go: a folder on a real disk, not in memory.")
    var folder = "benchmark-data"

    @Flag(help: "Leave the databases of the last cell, to be looked at or profiled.")
    var keep = false

    @Flag(help: "List the cells.")
    var list = false

    @Option(help: .hidden)
    var rebuildChild: String?

    @Option(help: .hidden)
    var serveChild: String?

    @Flag(help: .hidden)
    var helloChild = false

    func validate() throws {
        guard runs >= 1 else { throw ValidationError("Give 1 run or more.") }
        if readme, quick { throw ValidationError("Documents show no figures of quick sizes; leave out --quick.") }
        let names = Cell.all.map(\.name)
        if let unknown = only.first(where: { !names.contains($0) }) {
            throw ValidationError("There is no cell \(unknown); there are \(names.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        if let rebuildChild { return try await RebuildChild.run(path: rebuildChild) }
        if let serveChild { return try await ServeChild.serve(path: serveChild) }
        if helloChild { return try await ServeChild.hello() }
        if list { return Cell.all.forEach { print("\($0.name.padded(to: 16))\($0.title)") } }
        // First of all a ledger, as in a program: what it sets of SQLite for the process cannot be set once a floor has
        // used SQLite, and holds for the floors, too.
        try await MemoryLedger.inMemory().close()
        let bench = Bench(folder: try WorkFolder(path: folder), runs: runs, isQuick: quick)
        defer { if !keep { bench.folder.remove() } }
        print(Report.settings(bench))
        var results: [CellResult] = []
        for cell in Cell.all where only.isEmpty || only.contains(cell.name) {
            let result = CellResult(cell, try await cell.measure(bench))
            print(Report.text(result))
            results.append(result)
            if !keep { bench.folder.removeContents() }
        }
        if let json { try Report.json(results, bench).write(to: URL(filePath: json)) }
        if readme { try Figures.show(results, bench) }
    }
}
