import EventLog
import MemoryLedger
import Projections

/// Goes back to the generation that served before the last rebuild, and keeps the present one in its place.
///
///     let states = try await RollBackProjections().run(in: request).projections
public struct RollBackProjections: LedgerOperation, Hashable {
    /// Nil: all.
    public var projections: [String]?

    public init(_ projections: [String]? = nil) { self.projections = projections }

    public static let name = "projection.roll_back"
    public static let summary = "Go back to the generation that served before the last rebuild."
    public static let parameters = ProjectionParameters.all
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection), .log(.noFormerGeneration)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { projections = try ProjectionParameters.names(arguments) }

    /// - Returns: what serves now.
    public func run(in request: OperationRequest) async throws -> ChangedGenerations {
        ChangedGenerations(projections: try await request.ledger.rollBack(projections))
    }
}
