public import LedgerOperations

extension UsersModule: OperationModule {
    public var operations: [any LedgerOperation.Type] { [AddUser.self, ListUsers.self] }
}

extension RolesModule: OperationModule {
    public var operations: [any LedgerOperation.Type] {
        [SetRole.self, ShowRole.self, ListRoles.self, RemoveRole.self]
    }
}

extension AgentsModule: OperationModule {
    public var operations: [any LedgerOperation.Type] { [SetAgent.self, ListAgents.self, RemoveAgent.self] }
}

extension ConfigurationModule: OperationModule {
    public var operations: [any LedgerOperation.Type] { [ListConfiguration.self, SetConfiguration.self] }
}

extension SessionsModule: OperationModule {
    public var operations: [any LedgerOperation.Type] {
        [
            OpenSession.self, ShowSession.self, ListSessions.self, TouchSession.self, ConfigureSession.self,
            CloseSession.self, EvictMessages.self, AppendMessage.self, ListMessages.self, SearchMessages.self,
            AssembleContext.self,
        ]
    }
}

extension BlocksModule: OperationModule {
    public var operations: [any LedgerOperation.Type] {
        [
            SetBlock.self, AppendToBlock.self, ReplaceInBlock.self, InsertIntoBlock.self, UndoBlock.self,
            RedoBlock.self, RestoreBlock.self, ConfigureBlock.self, RenameBlock.self, ShareBlock.self,
            UnshareBlock.self, DeleteBlock.self, ShowBlock.self, ListBlocks.self, ShowBlockHistory.self,
        ]
    }
}

extension PassagesModule: OperationModule {
    public var operations: [any LedgerOperation.Type] {
        [InsertPassage.self, ListPassages.self, SearchArchive.self, DeletePassage.self, ListArchives.self]
    }
}
