import Logging

/// Why a ledger cannot be worked with.
struct ReadinessProblem: Hashable, Sendable {
    /// For everyone who asks: nothing of the machine is in it.
    var sentence: String
    /// For the log.
    var detail: String
}

/// Whether the ledger can be worked with. Everyone may ask, so the ledger is looked at once a second at most, however
/// often they do.
actor Readiness {
    static let nanosecondsKept: UInt64 = 1_000_000_000

    private struct Answer {
        var at: UInt64
        var problems: [ReadinessProblem]
    }

    private let look: @Sendable () async -> [ReadinessProblem]
    private let logger: Logger
    private var last: Answer?
    private var looking: Task<[ReadinessProblem], Never>?

    init(_ logger: Logger, _ look: @escaping @Sendable () async -> [ReadinessProblem]) {
        self.logger = logger
        self.look = look
    }

    /// Empty if it is ready.
    ///
    /// - Parameter now: nanoseconds of a clock that never goes back.
    func problems(at now: UInt64) async -> [ReadinessProblem] {
        if let last, now < last.at + Self.nanosecondsKept { return last.problems }
        if let looking { return await looking.value }
        let task = Task { [look] in await look() }
        looking = task
        let problems = await task.value
        looking = nil
        if problems != last?.problems ?? [] { log(problems) }
        last = Answer(at: now, problems: problems)
        return problems
    }

    /// Once for each change, not for each question.
    private func log(_ problems: [ReadinessProblem]) {
        if problems.isEmpty { return logger.notice("Ready again") }
        for problem in problems { logger.error("Not ready", metadata: ["problem": "\(problem.detail)"]) }
    }
}
