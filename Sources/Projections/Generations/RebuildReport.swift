public import EventLog

/// What a rebuild did.
public struct RebuildReport: Hashable, Sendable {
    public var projections: [ProjectionState]
    public var events: Int64
    /// What came of comparing each of them, in the same order.
    public var comparisons: [ProjectionComparison]
    /// Where they differed and were replaced all the same.
    public var difference: GenerationDifference?
    /// Dead letters that were skipped by command, which the new generation passed over.
    public var skipped: [DeadLetter]
}
