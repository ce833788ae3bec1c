import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger
import MerkleLog

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the ledger holds.",
        discussion: """
            JSON: {"position", "size_bytes", "memories", "quarantined", "links", "links_without_target", "namespaces": \
            [{"namespace", "memories", "quarantined", "links", "links_without_target", "events": {TYPE: COUNT}}], \
            "projections": [{"name", "version", "generation", "position"}], "unknown_types", "epoch", "origin"}; the last \
            two are those of now: which restored backup the ledger goes on from (1: none), and what checkpoints are \
            signed under. "locked" are the namespaces of a moment that are left out, if there are such: they are encrypted \
            and there is no master key for them.

              memledger stats
              memledger stats --at 2026-01-23T12:00:00Z
            """)

    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let shown = try await global.read(ShowStatistics(moment.asked), by: actor.attribution)
        try global.show(shown.document()) { page in
            page.statistics(shown.statistics)
            let locked = shown.statistics.locked
            if !locked.isEmpty {
                let names = locked.joined(separator: ", ")
                page.line(
                    "Left out, because they are encrypted and there is no master key for them: \(names)", .yellow)
            }
            guard let origin = shown.origin, origin.epoch > 1 else { return }
            page.line()
            page.line("Epoch \(origin.epoch), restored from a backup: \(origin)")
        }
    }
}

extension Page {
    fileprivate mutating func statistics(_ statistics: LedgerStatistics) {
        fields([
            ("events", Figures.grouped(statistics.position)),
            ("size", Figures.bytes(statistics.sizeBytes)),
            ("unknown types", statistics.unknownTypes.map(\.rawValue).joined(separator: ", ")),
        ])
        guard !statistics.namespaces.isEmpty else { return }
        line()
        var table = Table([
            .init("NAMESPACE", paint: .bold), .init("MEMORIES", right: true), .init("QUARANTINED", right: true),
            .init("LINKS", right: true),
            .init("WITHOUT TARGET", right: true), .init("EVENTS", right: true),
        ])
        for namespace in statistics.namespaces {
            table.add([
                namespace.namespace, Figures.grouped(namespace.memories), Figures.grouped(namespace.quarantined),
                Figures.grouped(namespace.links),
                Figures.grouped(namespace.linksWithoutTarget),
                Figures.grouped(namespace.events.values.reduce(0, +)),
            ])
        }
        self.table(table)
        line()
        var events = Table([
            .init("NAMESPACE", paint: .bold), .init("EVENT", paint: .cyan), .init("COUNT", right: true),
        ])
        for namespace in statistics.namespaces {
            for (type, count) in namespace.sortedEvents {
                events.add([namespace.namespace, type, Figures.grouped(count)])
            }
        }
        self.table(events)
        line()
        var projections = Table([
            .init("PROJECTION", paint: .bold), .init("VERSION", right: true), .init("GENERATION", right: true),
            .init("POSITION", right: true),
        ])
        for projection in statistics.projections {
            projections.add([
                projection.name, String(projection.version), Figures.grouped(projection.generation),
                Figures.grouped(projection.position),
            ])
        }
        self.table(projections)
    }
}
