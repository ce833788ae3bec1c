package import MemoryLedger

/// A read that begins with one memory.
package protocol MemoryRead: LedgerOperation {
    var memory: MemoryKey { get }

    /// What it answers; nil if no memory of the key is shown. Why not is not looked up.
    func found(in request: OperationRequest) async throws -> Result?
}

/// A read of one memory that counts it.
package protocol CountedRead: MemoryRead {}

extension CountedRead {
    func foundOrReason(in request: OperationRequest) async throws -> Result {
        guard let found = try await found(in: request) else {
            throw try await request.ledger.reasonForMissing(memory)
        }
        return found
    }
}

extension OperationRequest {
    /// As `perform`, for those that do without a memory if there is none.
    ///
    /// - Throws: `AccessDeniedError`, before anything is read; what the operation throws.
    package func performIfThere<Operation: MemoryRead>(_ operation: Operation) async throws -> Operation.Result? {
        try grant.check(operation)
        return try await operation.found(in: self)
    }
}
