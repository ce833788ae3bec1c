import ArgumentParser
import EventLog
import MemoryLedger
import SQLiteEventLog

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show memories.",
        discussion: """
            With --into-context the ledger keeps that these memories, in these versions, were put into a context by \
            which an agent answers: `memledger log --reads` shows it.

            JSON: {"namespace", "key", "domain", "summary", "text", "type", "keywords", "links", "meta"}, "extra" \
            with fields that only an import knows, and "provenance": {"source": {"kind", "name"}, "trust", \
            "derived_from": [{"namespace", "key"}]} where something was said of it. Of several keys, or with \
            --into-context: {"memories": [as above], "context", "position"}; the last are the context and its event, \
            or null.

              memledger get tea
              memledger get tea --count --as assistant
              memledger get tea --at 2026-01-23
              memledger get tea coffee --into-context session-7 --as assistant
            """)

    @Argument(help: ArgumentHelp("The keys, at most \(Get.maximumKeys).", valueName: "key")) var keys: [String]
    @OptionGroup var place: NamespaceOption
    @Flag(help: "Count it as an access, which is an event too.") var count = false
    @Flag(help: "Show a memory that is quarantined too.") var includeQuarantined = false
    @Option(help: ArgumentHelp("Keep that they were put into this context.", valueName: "id")) var intoContext: String?
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    static let maximumKeys = 1_000

    func validate() throws {
        if count, moment.at != nil { throw ValidationError("--count excludes --at: the past is not counted.") }
        if count, includeQuarantined { throw ValidationError("--count excludes --include-quarantined.") }
        if intoContext != nil, moment.at != nil {
            throw ValidationError("--into-context excludes --at: it keeps what is known now.")
        }
        if intoContext != nil, includeQuarantined {
            throw ValidationError("--into-context excludes --include-quarantined.")
        }
        if intoContext?.isEmpty == true { throw ValidationError("--into-context names no context.") }
        guard !keys.isEmpty, keys.count <= Self.maximumKeys else {
            throw ValidationError("Give 1 to \(Self.maximumKeys) keys, not \(keys.count).")
        }
    }

    func run() async throws {
        let context = writing.context(actor)
        guard count || intoContext != nil else {
            let found = try await global.withReading(at: moment, by: context) { reading in
                try await existing(includeQuarantined ? reading.includingQuarantined : reading)
            }
            return try show(found, nil)
        }
        let (found, position) = try await global.withLedger(.readWrite) { ledger in
            if count {
                for key in keys { _ = try await ledger.access(place.key(key), by: context) }
            }
            let found = try await existing(ledger.reading(by: context))
            guard let intoContext else { return (found, Int64?.none) }
            let entries = found.map { ContextEntry($0.id, version: $0.version) }
            return (found, try await ledger.recordContext(intoContext, memories: entries, by: context))
        }
        try show(found, position)
    }

    private func existing(_ reading: some MemoryReading) async throws -> [Memory] {
        var found: [Memory] = []
        for key in keys { found.append(try await reading.existing(place.key(key))) }
        return found
    }

    private func show(_ found: [Memory], _ position: Position?) throws {
        if found.count == 1, intoContext == nil {
            return try global.show(found[0].json) { $0.memory(found[0]) }
        }
        let document: JSONValue = [
            "memories": .array(found.map(\.json)), "context": JSONValue(optional: intoContext),
            "position": position.map { JSONValue($0) } ?? .null,
        ]
        try global.show(document) { page in
            for (index, memory) in found.enumerated() {
                if index > 0 { page.line() }
                page.memory(memory)
            }
            if let intoContext, let position {
                page.line()
                page.line("Kept as put into \(intoContext), position \(position).", .green)
            }
        }
    }
}
