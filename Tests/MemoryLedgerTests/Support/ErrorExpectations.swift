import EventLog
import Testing

@testable import MemoryLedger

/// The `MemoryLedgerError` that the body throws; a failed expectation where it throws none, or another code.
@discardableResult
func expectError(
    _ code: MemoryLedgerError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> MemoryLedgerError? {
    let error = await #expect(throws: MemoryLedgerError.self, comment, sourceLocation: sourceLocation) {
        try await body()
    }
    #expect(error?.code == code, comment, sourceLocation: sourceLocation)
    return error
}

/// The same for the errors of the log.
@discardableResult
func expectLogError(
    _ code: EventLogError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> EventLogError? {
    let error = await #expect(throws: EventLogError.self, comment, sourceLocation: sourceLocation) {
        try await body()
    }
    #expect(error?.code == code, comment, sourceLocation: sourceLocation)
    return error
}

/// The same for a limit.
@discardableResult
func expectLimit(
    _ limit: MemoryLimitError.Limit, _ field: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> MemoryLimitError? {
    let error = await #expect(throws: MemoryLimitError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.limit == limit, sourceLocation: sourceLocation)
    #expect(error?.field == field, sourceLocation: sourceLocation)
    return error
}
