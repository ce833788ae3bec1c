/// Runs the body for at most so long off the connection's event loop, and then cancels it.
///
/// A body that has done its work all the same has done it: what was appended is not answered as if it were not.
///
/// - Throws: `RequestTookTooLong`, once the body has given up; what the body throws before.
func limited<Answer: Sendable>(
    to limit: Duration, _ body: @escaping @Sendable () async throws -> Answer
) async throws -> Answer {
    try await withThrowingTaskGroup(of: Answer?.self) { group in
        group.addTask(executorPreference: globalConcurrentExecutor) { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        if let first = try await group.next(), let answer = first { return answer }
        group.cancelAll()
        do {
            if let late = try await group.next(), let answer = late { return answer }
        } catch is CancellationError {}
        throw RequestTookTooLong()
    }
}

struct RequestTookTooLong: Error {}

/// Runs the body off the connection's event loop.
func offLoop<T: Sendable>(_ body: @Sendable () async throws -> T) async rethrows -> T {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await body() }
}
