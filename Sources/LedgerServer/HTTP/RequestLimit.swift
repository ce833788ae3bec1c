/// Runs the body for at most so long.
///
/// - Throws: `RequestTookTooLong`, once the body has noticed that it was cancelled; what the body throws.
func limited<Result: Sendable>(
    to limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else { throw RequestTookTooLong() }
        return result
    }
}

struct RequestTookTooLong: Error {}
