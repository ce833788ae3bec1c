public import MemoryLedger

/// A module that brings operations: they can be called by name wherever the ledger's own can.
///
///     extension TasksModule: OperationModule {
///         var operations: [any LedgerOperation.Type] { [FinishTask.self] }
///     }
public protocol OperationModule: LedgerModule {
    var operations: [any LedgerOperation.Type] { get }
}
