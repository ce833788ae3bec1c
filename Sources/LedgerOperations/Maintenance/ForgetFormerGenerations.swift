import EventLog
import MemoryLedger
import Projections

/// Drops the former generations, so that the next rebuild uses their space.
///
///     let states = try await ForgetFormerGenerations().run(in: request).projections
public struct ForgetFormerGenerations: LedgerOperation, Hashable {
    /// Nil: all. One that this program does not build is dropped as a whole, with its tables.
    public var projections: [String]?

    public init(_ projections: [String]? = nil) { self.projections = projections }

    public static let name = "projection.forget_former"
    public static let summary = "Drop the former generations, so that the next rebuild uses their space."
    public static let parameters = ProjectionParameters.all
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { projections = try ProjectionParameters.names(arguments) }

    /// - Returns: the generations that are gone.
    public func run(in request: OperationRequest) async throws -> ChangedGenerations {
        ChangedGenerations(projections: try await request.ledger.forgetFormerGenerations(projections))
    }
}
