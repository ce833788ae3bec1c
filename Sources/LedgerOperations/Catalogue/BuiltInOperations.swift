import MemoryLedger

extension OperationCatalogue {
    /// The operations of this library. Those of others are added to them.
    public static let builtIn: [any LedgerOperation.Type] =
        EventCatalogue.builtIn.modules.compactMap { $0 as? any OperationModule }.flatMap(\.operations)
        + history + maintenance

    /// A catalogue of these.
    public static let standard = OperationCatalogue(checked: builtIn)

    private static let history: [any LedgerOperation.Type] = [
        ShowHistory.self, ShowBlame.self, CompareMoments.self, ListEvents.self, ExplainEvent.self, PlanUndo.self,
        UndoEvents.self,
    ]

    private static let maintenance: [any LedgerOperation.Type] = [
        ShowStatus.self, ShowStatistics.self, ComputeDigest.self, ListProjections.self, RebuildProjections.self,
        VerifyProjections.self, RollBackProjections.self, ForgetFormerGenerations.self, ListDeadLetters.self,
        RetryDeadLetters.self, SkipDeadLetters.self, ListSnapshots.self, TakeSnapshots.self, DropSnapshots.self,
        TrainDictionary.self, ListDictionaries.self, QueryTables.self,
    ]
}

extension MemoriesModule: OperationModule {
    package var operations: [any LedgerOperation.Type] {
        [
            AddMemory.self, PutMemory.self, GetMemories.self, RecallMemories.self, ReadMemory.self,
            TraverseMemory.self, ListMemories.self, OutlineMemories.self, UpdateMemory.self, RenameMemory.self,
            DeleteMemory.self, LinkMemory.self, UnlinkMemory.self, BulkReadMemory.self, ListNeighbours.self,
            WalkLinks.self, FindPath.self, ListOrphans.self, ListHubs.self, ListComponents.self,
            ListDanglingLinks.self, SearchMemories.self, SearchCompatibly.self,
        ]
    }
}

extension QuarantineModule: OperationModule {
    package var operations: [any LedgerOperation.Type] {
        [PreviewQuarantine.self, PutQuarantine.self, ReleaseQuarantine.self, ListQuarantines.self]
    }
}

extension AccessModule: OperationModule {
    package var operations: [any LedgerOperation.Type] { [CreateToken.self, ListTokens.self, RevokeToken.self] }
}

extension LogModule: OperationModule {
    package var operations: [any LedgerOperation.Type] {
        [
            ShowPolicy.self, SetPolicy.self, ListProtectedNamespaces.self, ProtectNamespace.self, PlanErasure.self,
            EraseMemories.self, ResumePurge.self, VerifyLedger.self, SignCheckpoint.self, ListCheckpoints.self,
            SetCheckpoints.self, ProveEvents.self, ProveConsistency.self, MakeEvidence.self, ListSigningKeys.self,
            AdoptSigningKey.self, RotateSigningKey.self,
        ]
    }
}
