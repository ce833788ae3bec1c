import ArgumentParser
import EventLog
import MemoryLedger
import MerkleLog
import SQLiteEventLog

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what the ledger holds.",
        discussion: """
            JSON: {"position", "size_bytes", "memories", "quarantined", "links", "links_without_target", "namespaces": \
            [{"namespace", "memories", "quarantined", "links", "links_without_target", "events": {TYPE: COUNT}}], \
            "projections": [{"name", "version", "generation", "position"}], "unknown_types", "epoch", "origin"}; the last \
            two are those of now: which restored backup the ledger goes on from (1: none), and what checkpoints are \
            signed under.

              memledger stats
              memledger stats --at 2026-01-23T12:00:00Z
            """)

    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let statistics = try await global.withReading(at: moment, by: actor.context) { try await $0.statistics() }
        let origin = try await origin()
        var document = statistics.json.object ?? [:]
        document.append("epoch", origin.map { JSONValue($0.epoch) } ?? .null)
        document.append("origin", JSONValue(optional: origin?.text))
        try global.show(.object(document)) { page in
            page.statistics(statistics)
            guard let origin, origin.epoch > 1 else { return }
            page.line()
            page.line("Epoch \(origin.epoch), restored from a backup: \(origin)")
        }
    }

    /// Nil in a ledger of format 1.
    private func origin() async throws -> LedgerOrigin? {
        do {
            return try await global.withLedger(.readOnly) { try LedgerOrigin.current(in: $0.log) }
        } catch let error as EventLogError where error.code == .noTree {
            return nil
        }
    }
}

extension LedgerStatistics {
    fileprivate var json: JSONValue {
        [
            "position": JSONValue(position),
            "size_bytes": JSONValue(sizeBytes),
            "memories": JSONValue(namespaces.reduce(0) { $0 + $1.memories }),
            "quarantined": JSONValue(namespaces.reduce(0) { $0 + $1.quarantined }),
            "links": JSONValue(namespaces.reduce(0) { $0 + $1.links }),
            "links_without_target": JSONValue(namespaces.reduce(0) { $0 + $1.linksWithoutTarget }),
            "namespaces": .array(namespaces.map(\.json)),
            "projections": .array(projections.map(\.json)),
            "unknown_types": .array(unknownTypes.map { .string($0.rawValue) }),
        ]
    }
}

extension LedgerStatistics.Namespace {
    fileprivate var sortedEvents: [(type: String, count: Int)] {
        events.map { ($0.key.rawValue, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    fileprivate var json: JSONValue {
        [
            "namespace": .string(namespace),
            "memories": JSONValue(memories),
            "quarantined": JSONValue(quarantined),
            "links": JSONValue(links),
            "links_without_target": JSONValue(linksWithoutTarget),
            "events": .object(
                JSONObject(sortedEvents.map { JSONObject.Member(name: $0.type, value: JSONValue($0.count)) })),
        ]
    }
}

extension LedgerStatistics.Projection {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "version": JSONValue(version), "generation": JSONValue(generation),
            "position": JSONValue(position),
        ]
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
