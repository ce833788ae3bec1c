import EventLog
import LedgerStorage

/// How former generations come to serve again.
///
/// All projections of a projector take events together. So where everything that is to serve stands at one position, it
/// catches up in the ledger. Where a former generation goes back alone and events have come since, or where several
/// stand at different positions, the others are built beside the ledger up to where each of them stands, and all go on
/// there.
struct RollbackPlan {
    /// It was made for tables that have changed since.
    struct Outdated: Error {}

    var inPlace: [Projection] = []
    var beside: [(projection: Projection, former: ProjectionState)] = []
    /// What the tables built beside do without, by their projectors.
    var passedOver: [ByteText: Set<Position>] = [:]

    /// - Throws: `noFormerGeneration` where what goes back does without other events than what stays.
    init(_ projections: [Projection], head: Position, _ sqlite: SQLiteConnection) throws {
        for projector in projections.projectors {
            let own = projections.filter { $0.projector.key == projector.key }
            let formers = try own.compactMap { projection in
                try FormerGeneration.load(projection, sqlite).map { (projection: projection, former: $0) }
            }
            let others = try projector.built.filter { other in !own.contains { $0.key == other.key } }
                .compactMap { try ProjectionState.load($0, sqlite) }
            let positions = Set((formers.map(\.former) + others).map(\.position))
            // One that is missing, or of another version, is an error of going back in place.
            let canBeBuilt =
                formers.count == own.count
                && formers.allSatisfy { $0.former.version == $0.projection.version }
            guard canBeBuilt else {
                inPlace += own
                continue
            }
            let lacking = try Self.lacking(formers.map(\.former), others, sqlite)
            if positions.count <= 1 {
                inPlace += own
                continue
            }
            guard formers.allSatisfy({ (0...head).contains($0.former.position) }) else {
                throw Self.isOfOtherEvents(formers.map(\.former))
            }
            beside += formers
            passedOver[projector.key] = lacking
        }
    }

    /// What all of these do without, as far as they have come.
    private static func lacking(
        _ formers: [ProjectionState], _ others: [ProjectionState], _ sqlite: SQLiteConnection
    ) throws -> Set<Position> {
        let all = try (formers + others).map { (state: $0, lacking: try DeadLetters.lacking(in: $0, sqlite)) }
        let most = all.max { $0.state.position < $1.state.position }?.lacking ?? []
        for one in all
        where one.lacking.filter({ $0 <= one.state.position }) != most.filter({ $0 <= one.state.position }) {
            throw isOfOtherEvents(formers)
        }
        return most
    }

    private static func isOfOtherEvents(_ formers: [ProjectionState]) -> EventLogError {
        let names = formers.map { "\($0.name), \($0.generation)," }.joined(separator: " and of ")
        return EventLogError(
            .noFormerGeneration,
            "The former generation of \(names) does without other events than what is built together with it; rebuild, "
                + "or go back with others.")
    }
}
