import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

extension GlobalOptions {
    /// Runs an operation that reads, on the ledger opened for reading; for writing if reads are events.
    func read<Operation: LedgerOperation>(
        _ operation: Operation, by attribution: Attribution
    ) async throws -> Operation.Result {
        try await withLedgerToRead { try await $0.run(operation, by: attribution) }
    }

    /// Runs an operation that writes, on the ledger that is there or a new one.
    func write<Operation: LedgerOperation>(
        _ operation: Operation, by attribution: Attribution
    ) async throws -> Operation.Result {
        try await withLedgerOrNew { try await $0.run(operation, by: attribution) }
    }
}

extension MemoryLedger {
    /// Runs an operation, and says on standard error what the person should know.
    ///
    /// - Throws: `ValidationError` for an argument, by the name of its option.
    func run<Operation: LedgerOperation>(
        _ operation: Operation, by attribution: Attribution, _ bar: ProgressBar? = nil
    ) async throws -> Operation.Result {
        var request = OperationRequest(self, by: attribution, notify: Notices.give)
        if let bar { request.report = { bar.update($0.done, of: $0.total) } }
        do {
            return try await operation.run(in: request)
        } catch let error as OperationArgumentError {
            throw ValidationError(error.message(naming: "--" + error.argument.replacing("_", with: "-")))
        }
    }
}

extension JSONValue {
    /// The document of something that was written into a file, or was not.
    func naming(file: String?) -> JSONValue {
        var object = object ?? [:]
        object["file"] = JSONValue(optional: file)
        return .object(object)
    }
}
