import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
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

    static let maximumKeys = KeysParameter.maximumKeys

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
        let attribution = writing.attribution(actor)
        let memories = keys.map { place.key($0) }
        guard count || intoContext != nil else {
            let operation = GetMemories(memories, moment.asked, includesQuarantined: includeQuarantined)
            return try show(try await global.read(operation, by: attribution))
        }
        let operation = RecallMemories(memories, counts: count, into: intoContext)
        try show(try await global.withLedger(.readWrite) { try await $0.run(operation, by: attribution) })
    }

    private func show(_ found: FoundMemories) throws {
        try global.show(found.document()) { page in
            for (index, memory) in found.memories.enumerated() {
                if index > 0 { page.line() }
                page.memory(memory)
                if found.isQuarantined(memory) { page.line("Quarantined: other commands do not show it.", .yellow) }
            }
            if let context = found.context, let position = found.position {
                page.line()
                page.line("Recorded in context \(context), position \(position).", .green)
            }
        }
    }
}
