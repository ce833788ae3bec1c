import ArgumentParser
import EventLog
import MemoryLedger

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a memory.",
        discussion: """
            JSON: {"namespace", "key", "domain", "summary", "text", "type", "keywords", "links", "meta"}, and "extra" \
            with fields that only an import knows.

              memledger get tea
              memledger get tea --count --actor assistant
              memledger get tea --at 2026-01-23
            """)

    @Argument(help: "The key.") var key: String
    @OptionGroup var place: NamespaceOption
    @Flag(help: "Count it as an access, which is an event too.") var count = false
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if count, moment.at != nil { throw ValidationError("--count excludes --at: the past is not counted.") }
    }

    func run() async throws {
        let memory = place.key(key)
        let found =
            if count {
                try await global.withLedger(.readWrite) { ledger in
                    _ = try await ledger.access(memory, by: writing.context(actor))
                    return try await ledger.existing(memory)
                }
            } else {
                try await global.withReading(at: moment) { try await $0.existing(memory) }
            }
        try global.show(found.json) { $0.memory(found) }
    }
}
