package import EventLog
package import MemoryLedger

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

    package static let parameters: [any OperationParameter] = [at, occurred]

    package init(_ arguments: OperationArguments) throws {
        self.init(at: try arguments[Self.at], occurred: try arguments[Self.occurred])
        guard occurred else { return }
        guard case .time? = at else {
            throw OperationArgumentError("occurred", after: " needs a time in `at`.")
        }
    }
}

extension OperationRequest {
    /// What was asked for, as far as the one who asks may know of it; nil for the present.
    ///
    /// - Parameter namespaces: those that the call reaches; nil: it is about the ledger as a whole.
    /// - Throws: `EventLogError.unknownMoment`.
    package func moment(_ asked: ReadMoment, of namespaces: [String]?) async throws -> Moment? {
        if asked.at?.isTime == true, !asked.occurred { try await noticeClockLead() }
        guard let at = asked.at else { return nil }
        let moment = at.moment(occurred: asked.occurred, now: ledger.options.clock.now())
        return try await ScopedMoments(self, namespaces)?.moment(moment) ?? moment
    }

    /// The memories as they are, or as of a moment.
    ///
    /// - Parameter namespaces: those that the call reaches; nil: it is about the ledger as a whole.
    package func reading(_ asked: ReadMoment, of namespaces: [String]?) async throws -> MemoryReader {
        guard let moment = try await moment(asked, of: namespaces) else {
            try await noticeDeadLetters()
            return ledger.reading(by: attribution)
        }
        return try await ledger.asOf(moment).reading(by: attribution)
    }
}
