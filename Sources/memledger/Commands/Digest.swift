import ArgumentParser
import EventLog
import MemoryLedger

struct Digest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hash each table of the projections.",
        discussion: """
            Equal digests, equal contents: after a rebuild, or after export and import into another ledger.

            JSON: {"position", "tables": {TABLE: SHA256}}.

              memledger digest
              memledger digest --at 1000
            """)

    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let digest = try await global.withReading(at: moment, by: actor.context) { try await $0.digest() }
        try global.show(["position": JSONValue(digest.position), "tables": digest.tablesJSON]) { page in
            page.fields([("position", Figures.grouped(digest.position))])
            page.fields(digest.sortedTables)
        }
    }
}

extension LedgerDigest {
    fileprivate var sortedTables: [(String, String)] {
        tables.map { ($0.key, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    /// The digests by table, in the order of their names.
    var tablesJSON: JSONValue {
        .object(JSONObject(sortedTables.map { JSONObject.Member(name: $0.0, value: .string($0.1)) }))
    }
}
