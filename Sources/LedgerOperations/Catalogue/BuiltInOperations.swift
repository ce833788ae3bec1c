extension OperationCatalogue {
    /// The operations of this library. Those of others are added to them.
    public static let builtIn: [any LedgerOperation.Type] = memories + history + oversight + maintenance + proof

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

    private static let oversight: [any LedgerOperation.Type] = [
        PreviewQuarantine.self, PutQuarantine.self, ReleaseQuarantine.self, ListQuarantines.self, ShowPolicy.self,
        SetPolicy.self, ListProtectedNamespaces.self, ProtectNamespace.self, PlanErasure.self, EraseMemories.self,
        ResumePurge.self,
    ]

    private static let maintenance: [any LedgerOperation.Type] = [
        ShowStatistics.self, ComputeDigest.self, ListProjections.self, RebuildProjections.self,
        VerifyProjections.self, RollBackProjections.self, ForgetFormerGenerations.self, ListDeadLetters.self,
        RetryDeadLetters.self, SkipDeadLetters.self, ListSnapshots.self, TakeSnapshots.self, DropSnapshots.self,
        TrainDictionary.self, ListDictionaries.self,
    ]

    private static let proof: [any LedgerOperation.Type] = [
        VerifyLedger.self, SignCheckpoint.self, ListCheckpoints.self, SetCheckpoints.self, ProveEvents.self,
        ProveConsistency.self,
        MakeEvidence.self, ListSigningKeys.self, AdoptSigningKey.self, RotateSigningKey.self,
    ]
}
