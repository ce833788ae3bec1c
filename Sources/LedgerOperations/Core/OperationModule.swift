public import MemoryLedger

/// A module that brings operations: they can be called by name wherever the ledger's own can.
///
///     extension TasksModule: OperationModule {
///         var operations: [any LedgerOperation.Type] { [AddTask.self, ListTasks.self] }
///     }
public protocol OperationModule: LedgerModule {
    var operations: [any LedgerOperation.Type] { get }
}
