package import EventLog
import MemoryLedger

extension ArgumentType where Value == MomentReference {
    public static var moment: Self {
        ArgumentType<String>.string.mapping("a position, an event's id, a time (RFC 3339) or a date") {
            MomentReference($0)
        }
    }
}

extension ArgumentType where Value == TimeReference {
    public static var time: Self {
        ArgumentType<String>.string.mapping("a time (RFC 3339) or a date") { TimeReference($0) }
    }
}

extension ReadMoment {
    static let at = Parameter("at", optional: .moment, "As of then. " + MomentReference.words)
    static let occurred = Parameter(
        "occurred", .boolean, default: false,
        "The time in `at` means when events occurred, not when they were recorded.")

    static let parameters: [any OperationParameter] = [at, occurred]

    init(_ arguments: OperationArguments) throws {
        self.init(at: try arguments[Self.at], occurred: try arguments[Self.occurred])
        guard occurred else { return }
        guard case .time? = at else {
            throw OperationArgumentError("occurred", after: " needs a time in `at`.")
        }
    }
}

extension OperationRequest {
    /// What was asked for; nil for the present.
    package func moment(_ asked: ReadMoment) async throws -> Moment? {
        if asked.at?.isTime == true, !asked.occurred { try await noticeClockLead() }
        return asked.at.map { $0.moment(occurred: asked.occurred, now: ledger.options.clock.now()) }
    }

    /// The memories as they are, or as of a moment.
    func reading(_ asked: ReadMoment) async throws -> MemoryReader {
        guard let moment = try await moment(asked) else {
            try await noticeDeadLetters()
            return ledger.reading(by: attribution)
        }
        return try await ledger.asOf(moment).reading(by: attribution)
    }
}
