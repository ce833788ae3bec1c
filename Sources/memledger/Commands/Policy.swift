import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Policy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show or set what the ledger demands of every actor.",
        discussion: """
            With --require-actor on, every event needs an actor; with --audit-reads on, reads are events. It holds for \
            every process from its next append on. A change is an event itself, and needs --as. Without an option \
            it shows what holds.

            JSON: {"require_actor", "audit_reads"}, as it is now.

              memledger policy --require-actor on --as admin
              memledger policy --audit-reads on --as admin
              memledger policy
            """)

    enum Switch: String, ExpressibleByArgument, CaseIterable {
        case on, off
    }

    @Option(help: "Refuse events without an actor.") var requireActor: Switch?
    @Option(help: "Make reads events.") var auditReads: Switch?
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let change = LedgerPolicyChange(
            requiresActor: requireActor.map { $0 == .on }, auditsReads: auditReads.map { $0 == .on })
        let policy =
            change == LedgerPolicyChange()
            ? try await global.withLedger(.readOnly) { try await $0.run(ShowPolicy(), by: actor.attribution) }
            : try await global.write(SetPolicy(change), by: writing.attribution(actor))
        try global.show(policy.document()) { page in
            page.fields([
                ("every event needs an actor", policy.requiresActor ? "yes" : "no"),
                ("reads are events", policy.auditsReads ? "yes" : "no"),
            ])
        }
    }
}
