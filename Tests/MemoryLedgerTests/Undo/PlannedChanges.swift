import EventLog
import Testing

@testable import MemoryLedger

/// What a plan says will differ, to be compared with what differs once it is carried out.
struct PlannedChanges {
    private let changes: [MemoryDifference]

    init(_ plan: UndoPlan) { changes = plan.changes }

    func expectFound(
        in ledger: MemoryLedger, since head: Position, _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var query = DiffQuery(from: .position(head), limit: DiffQuery.maximumLimit)
        query.includesStatistics = true
        let showing = Set(changes.filter(Self.showsStatistics).map(Self.name))
        let found = try await ledger.diff(query).differences.map { difference in
            difference.without(
                showing.contains(Self.name(difference)) ? MemoryFields.degrees : Set(MemoryFields.statistics))
        }
        #expect(
            changes.compactMap(Self.brief) == found.compactMap(Self.brief), comment, sourceLocation: sourceLocation)
    }

    /// A plan shows all statistics of a memory but its degrees, or none.
    private static func showsStatistics(_ change: MemoryDifference) -> Bool {
        change.delta.fields.contains { MemoryFields.statistics.contains($0.field) }
    }

    /// A memory that was put back is another one to the log, if it is the same to a reader.
    private static func brief(_ difference: MemoryDifference) -> String? {
        if difference.kind == .changed, difference.delta.isEmpty { return nil }
        return "\(name(difference)) \(difference.delta)"
    }

    /// One key may have two differences: another memory was deleted there before this one was renamed to it.
    private static func name(_ difference: MemoryDifference) -> String {
        "\(difference.kind) \(difference.memory) \(difference.formerKey ?? "")"
    }
}

extension MemoryDifference {
    fileprivate func without(_ fields: Set<String>) -> MemoryDifference {
        var difference = self
        difference.delta.fields.removeAll { fields.contains($0.field) }
        return difference
    }
}
