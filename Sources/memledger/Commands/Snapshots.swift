import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct Snapshots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tables kept as of some positions, so that moments behind them open sooner.",
        discussion: """
            They are taken by themselves while the ledger grows, from the log alone, into the folder that has the \
            ledger's name and -snapshots. One is used only if its SHA-256 is the one that the ledger knows. They \
            can be dropped at any time, also by deleting the folder: moments then take longer to open.

              memledger snapshots list
              memledger snapshots take
              memledger snapshots drop
            """,
        subcommands: [SnapshotsList.self, SnapshotsTake.self, SnapshotsDrop.self])
}

struct SnapshotsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the snapshots.",
        discussion: """
            JSON: {"snapshots": [{"position", "projectors", "sha256", "size_bytes", "database_bytes", "made_at", \
            "usable"}]}; "usable" is false if the file is missing or another version built it.

              memledger snapshots list
            """)

    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let listed = try await global.withLedger(.readOnly) { try await $0.run(ListSnapshots(), by: actor.attribution) }
        try global.show(listed.document()) { page in
            page.snapshots(listed)
            if listed.snapshots.isEmpty { page.line("No snapshots.", .dim) }
        }
    }
}

struct SnapshotsTake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "take",
        abstract: "Take those that are due, and one of the present.",
        discussion: """
            JSON: {"snapshots": [{"position", "projectors", "sha256", "size_bytes", "database_bytes", "made_at", \
            "usable"}]}, those that were taken; none if there are all already, or another process is taking them.

              memledger snapshots take
            """)

    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let taken = try await global.withLedger(.readWrite) { try await $0.run(TakeSnapshots(), by: actor.attribution) }
        try global.show(taken.document()) { page in
            page.snapshots(taken)
            page.line("Took \(Figures.count(taken.snapshots.count, "snapshot", "snapshots")).", .green)
        }
    }
}

struct SnapshotsDrop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Delete all snapshots.",
        discussion: """
            They come back as the ledger grows.

            JSON: {"dropped"}.

              memledger snapshots drop
            """)

    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let result = try await global.withLedger(.readWrite, takesSnapshots: false) {
            try await $0.run(DropSnapshots(), by: actor.attribution)
        }
        try global.show(result.document()) { page in
            page.line("Dropped \(Figures.count(result.dropped, "snapshot", "snapshots")).", .green)
        }
    }
}

extension Page {
    fileprivate mutating func snapshots(_ listed: ListedSnapshots) {
        var table = Table([
            .init("POSITION", right: true, paint: .bold), .init("SIZE", right: true), .init("DATABASE", right: true),
            .init("MADE"), .init("PROJECTIONS"), .init("USABLE"),
        ])
        for (snapshot, isUsable) in listed.snapshots {
            table.add([
                Figures.grouped(snapshot.position), Figures.bytes(snapshot.bytes),
                Figures.bytes(snapshot.databaseBytes), snapshot.madeAt.rfc3339, snapshot.projectors,
                isUsable ? "yes" : "no",
            ])
        }
        self.table(table)
    }
}
