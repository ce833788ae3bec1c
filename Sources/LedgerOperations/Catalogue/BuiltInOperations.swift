extension OperationCatalogue {
    /// The operations of this library. Those of others are added to them.
    public static let builtIn: [any LedgerOperation.Type] = memories + history + maintenance

    /// A catalogue of these.
    public static let standard = OperationCatalogue(checked: builtIn)

    private static let memories: [any LedgerOperation.Type] = [
        AddMemory.self, GetMemories.self, RecallMemories.self, ListMemories.self, UpdateMemory.self,
        RenameMemory.self, DeleteMemory.self, LinkMemory.self, UnlinkMemory.self,
    ]

    private static let history: [any LedgerOperation.Type] = [
        ShowHistory.self, ShowBlame.self, CompareMoments.self, ListEvents.self, ExplainEvent.self, PlanUndo.self,
        UndoEvents.self,
    ]

    private static let maintenance: [any LedgerOperation.Type] = [ShowStatistics.self, ComputeDigest.self]
}
