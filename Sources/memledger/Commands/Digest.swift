import ArgumentParser
import EventLog
import LedgerOperations
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
        let digest = try await global.read(ComputeDigest(moment.asked), by: actor.attribution)
        try global.show(digest.document()) { page in
            page.fields([("position", Figures.grouped(digest.position))])
            page.fields(digest.sortedTables)
        }
    }
}
