public import MemoryLedger
public import Projections

/// Generations of projections that a call was about.
public struct ChangedGenerations: Hashable, Sendable, DescribedResult {
    package static let members: [DocumentMember] = [.init("projections", .objects)]

    public var projections: [ProjectionState]

    /// `{"projections": [{"name", "version", "generation", "position"}]}`.
    public func document() -> JSONValue { ["projections": .array(projections.map(\.json))] }
}
