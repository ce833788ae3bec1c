public import MemoryLedger

/// An error of a module's operation that others than the module can tell by a code.
///
///     struct TaskIsDoneError: OperationError {
///         let code = OperationErrorCode(rawValue: "task_done")
///         let details: JSONObject = [:]
///         let description = "The task is done; add another one."
///     }
public protocol OperationError: Error, Hashable, Sendable, CustomStringConvertible {
    var code: OperationErrorCode { get }
    /// What a program needs to go on, by names in snake_case; empty if the code says all of it.
    var details: JSONObject { get }
}
