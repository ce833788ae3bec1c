public import EventLog
import LedgerStorage

/// What came of comparing projections with the log.
public struct VerificationReport: Hashable, Sendable {
    /// The log's last position in the snapshot that was compared.
    public var position: Position
    public var comparisons: [ProjectionComparison]
    /// Which rows differ; nil where none does.
    public var difference: GenerationDifference?

    /// Every projection was compared, and each holds what the log says.
    public var isEqual: Bool { comparisons.allSatisfy { $0.outcome == .equal } }
}

extension ProjectionStore {
    /// Builds projections again in a database without a name, compares them with the serving ones, and changes nothing.
    /// Others write and read meanwhile.
    ///
    /// - Throws: `unknownProjection`, `newerFormat`, or what the projectors throw.
    package func verify(
        _ names: [String]? = nil, _ progress: RebuildProgress = { _ in }
    ) async throws -> VerificationReport {
        let chosen = try names == nil ? database.readSnapshot { try present($0) } : chosen(names)
        let builder = try await GenerationBuilder.begin(chosen, self, in: .unnamed(beside: database.path))
        defer { builder.discard() }
        let reader = try log.makeFeed(after: 0)
        try await build(builder, reader, since: monotonicTime(), progress)
        return try await compare(builder, reader, thenIndex: false)
    }
}
