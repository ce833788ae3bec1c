import EventLog
import Testing

/// The `EventLogError` that the body throws; a failed expectation where it throws none, or another code.
@discardableResult
func expectError(
    _ code: EventLogError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> EventLogError? {
    do {
        try await body()
        Issue.record("nothing was thrown, expected \(code). \(comment ?? "")", sourceLocation: sourceLocation)
    } catch let error as EventLogError {
        #expect(error.code == code, comment, sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("\(error) was thrown, expected \(code). \(comment ?? "")", sourceLocation: sourceLocation)
    }
    return nil
}

/// Waits until the condition holds; false if it never does, which only a hang takes so long to show.
func eventually(within seconds: Double = 600, _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return try await condition()
}
