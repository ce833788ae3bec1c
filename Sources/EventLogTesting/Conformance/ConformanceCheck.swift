/// One thing that a log must do, which any backend can be held to.
///
///     for check in EventLogConformance.checks { try await check.run(on: backend) }
///
/// Checks share nothing, so they may run at the same time.
public struct ConformanceCheck: Sendable, Identifiable, CustomStringConvertible {
    /// Its name, which no other check has: `positionsStartAtOneAndHaveNoGaps`.
    public let name: String
    /// What it requires of a log: one sentence or two.
    public let requirement: String
    private let place: SourcePlace
    private let body: @Sendable (ConformanceRun) async throws -> Void

    init(
        _ name: String, _ requirement: String, _ body: @escaping @Sendable (ConformanceRun) async throws -> Void,
        fileID: StaticString = #fileID, line: UInt = #line
    ) {
        self.name = name
        self.requirement = requirement
        self.body = body
        place = SourcePlace(fileID, line)
    }

    public var id: String { name }

    public var description: String { name }

    /// Holds a backend to the requirement, with logs of its own, which are closed at the end.
    ///
    /// - Throws: `ExpectationFailure` if a log does not do what is required, or throws what it should not.
    public func run(on backend: some ConformanceBackend) async throws {
        let run = ConformanceRun(backend)
        do {
            try await body(run)
            await run.closeAll()
        } catch {
            await run.closeAll()
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> any Error {
        if error is CancellationError, Task.isCancelled { return error }
        guard var failure = error as? ExpectationFailure else {
            return ExpectationFailure("\(name): \(requirement) The log threw: \(error)", at: place)
        }
        failure.message = "\(name): \(requirement) \(failure.message)"
        return failure
    }
}
