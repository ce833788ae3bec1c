public import EventLog

/// What tells of a row that a checkout of this ledger wrote whether it was changed there, and the memory here.
public struct LegacyCheckedOut: Hashable, Sendable {
    /// The memory that the row was written from.
    public var memory: MemoryKey
    /// The position of the event that made that memory.
    public var memoryID: Position
    /// Of the memory, when it was checked out.
    public var contentVersion: StreamVersion
    /// The parts of the row that are as the checkout wrote them, or as they were imported last.
    public var kept: Set<Part>

    /// What a legacy row says, in parts.
    public enum Part: String, Sendable, CaseIterable {
        case domain, summary, text, type, keywords, links, extra, expires
    }

    package init(memory: MemoryKey, memoryID: Position, contentVersion: StreamVersion, kept: Set<Part> = []) {
        self.memory = memory
        self.memoryID = memoryID
        self.contentVersion = contentVersion
        self.kept = kept
    }

    /// Nothing was changed there.
    var isUnchanged: Bool { kept.count == Part.allCases.count }
}
