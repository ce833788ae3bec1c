import ArgumentParser
import LedgerOperations
import MemoryLedger

/// A memory's fields, each by its option or all in one JSON object.
struct ContentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with a JSON object: domain, summary, text, type, keywords, links. - reads standard input.",
            discussion: "Members of other names are dropped. Excludes the options below.", valueName: "file"),
        completion: .file())
    var value: String?

    @Option(help: "One line that says what it is about.")
    var summary: String?

    @Option(help: "The text.")
    var text: String?

    @Option(help: "What it belongs to.")
    var domain: String?

    @Option(help: "What kind of memory it is.")
    var type: String?

    @Option(name: .customLong("keyword"), help: ArgumentHelp("A keyword; repeatable.", valueName: "word"))
    var keywords: [String] = []

    @Option(
        name: .customLong("link"),
        help: ArgumentHelp("A link, its weight from 0 to 1; repeatable.", valueName: "type:weight:term:key"))
    var links: [LinkArgument] = []

    private var optionChange: MemoryChange {
        MemoryChange(
            domain: domain, summary: summary, text: text, type: type, keywords: keywords.isEmpty ? nil : keywords,
            links: links.isEmpty ? nil : links.map(\.link))
    }

    func validate() throws {
        guard value == nil || optionChange.isEmpty else {
            throw ValidationError("--value excludes --summary, --text, --domain, --type, --keyword and --link.")
        }
    }

    /// The longest JSON text that is read: the largest text of a memory with every byte escaped, and its links.
    private static let maximumBytes = 128 << 20

    /// What was given.
    ///
    /// - Throws: `ValidationError` naming the field where the JSON object is none or a field has another type.
    func change() async throws -> MemoryChange {
        guard let value else { return optionChange }
        let bytes: [UInt8]
        if value == "-" {
            bytes = try await FileChunks.readAll(
                .standardInput, name: "The input", maximumBytes: Self.maximumBytes)
        } else {
            bytes = try await FileChunks.readAll(
                try InputFile(value), name: value, maximumBytes: Self.maximumBytes)
        }
        do {
            let json = try JSONParser.parse(bytes)
            guard let object = json.object else {
                throw ValidationError("--value is a JSON object with a memory's fields, not \(json.kind).")
            }
            return try ContentParameters.change(amongOthersIn: object)
        } catch let error as JSONSyntaxError {
            throw ValidationError("--value \(value): \(error)")
        } catch let error as OperationArgumentError {
            throw ValidationError("--value: \(error)")
        }
    }
}
