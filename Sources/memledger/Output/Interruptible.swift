/// Runs what Ctrl-C ends in good order, so that it can clear away what it has begun.
func interruptible<Result: Sendable>(
    _ interrupted: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let task = Task { try await body() }
    let signals = Interrupts { task.cancel() }
    defer { signals.stop() }
    do {
        return try await task.value
    } catch is CancellationError {
        throw CommandError(interrupted)
    }
}
