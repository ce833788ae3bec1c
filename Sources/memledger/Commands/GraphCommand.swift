import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw the memories around one, and their links.",
        discussion: """
            As a text for Graphviz (dot), as an SVG, which needs its program dot, or as JSON. Without --format the end \
            of the file's name says which: .dot, .svg or .json.

            JSON: {"namespace", "memories": [{"key", "type", "summary", "depth", "weight", "direction", "link"}], \
            "links": [{"from", "to", "type", "term", "weight"}], "cut"}, and with --output "file"; "link" is the last one \
            of the way to a memory, "links" are all between the memories, and "cut" says that there is more.

              memledger graph tea --depth 2 --output graph.svg
              memledger graph tea --direction out --least-weight 0.5 --format dot
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case dot, json, svg
    }

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @OptionGroup var links: LinkOptions
    @Option(help: "Which memories come first: by the fewest links (breadth) or the greatest weight.")
    var order = WalkOrder.breadth
    @Option(help: "Links one after the other, 1 to \(GraphLimits.depth.upperBound).") var depth = 2
    @Option(help: "Memories at most, 1 to \(GraphLimits.pageSize.upperBound).") var limit = 100
    @Option(help: "What to write.") var format: Format?
    @Option(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file()) var output: String?
    @Flag(help: "Replace the file if there is one.") var force = false
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if output?.isEmpty == true { throw ValidationError("--output names no file.") }
        if force, output == nil { throw ValidationError("--force goes with --output.") }
        if let output, format == nil, Self.format(of: output) == nil {
            throw ValidationError(
                "\(output) does not end in .dot, .svg or .json; name it so, or say by --format what to write.")
        }
    }

    private static func format(of file: String) -> Format? {
        Format.allCases.first { file.lowercased().hasSuffix(".\($0.rawValue)") }
    }

    private var chosen: Format {
        format ?? output.flatMap(Self.format) ?? (output == nil && global.json ? .json : .dot)
    }

    func run() async throws {
        let target = try output.map { try OutputPath($0, replacing: force, global) }
        let walk = LinkWalk(links.filter(.both), order: order, depth: depth, limit: limit, showsLinks: true)
        let result = try await global.read(WalkLinks(place.key(key), walk, moment.asked), by: actor.attribution)
        guard let target, let output else {
            guard global.json || chosen == .json else { return try write(try await drawing(result)) }
            return try write(Array(GlobalOptions.text(of: result.document()).utf8))
        }
        try target.write(try await drawing(result))
        try global.show(result.document().naming(file: output)) { page in
            let memories = Figures.count(result.memories.count, "memory", "memories")
            let links = Figures.count(result.links.count, "link", "links")
            page.line("Wrote \(memories) and \(links) to \(output).", .green)
            if result.isCut { page.line("There is more: raise --limit or --depth.", .yellow) }
        }
    }

    private func drawing(_ result: LinkWalkResult) async throws -> [UInt8] {
        switch chosen {
        case .dot: Array(GraphDrawing(result).dot.utf8)
        case .json: Array((result.document().description + "\n").utf8)
        case .svg: try await Graphviz.svg(of: GraphDrawing(result).dot)
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        let writer = FileWriter.standardOutput()
        try writer.write(bytes)
        try writer.flush()
    }
}
