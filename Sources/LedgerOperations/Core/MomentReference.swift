public import EventLog

/// A time: RFC 3339, or a date, whose first and last millisecond differ.
public struct TimeReference: Hashable, Sendable {
    public let first: Timestamp
    public let last: Timestamp

    private static let dateLength = "2026-01-23".utf8.count
    private static let dayMilliseconds: Int64 = 86_400_000

    public init(_ time: Timestamp) { (first, last) = (time, time) }

    /// Nil if it is no time.
    public init?(_ text: String) {
        guard let time = Timestamp(rfc3339: text) else { return nil }
        first = time
        let isDate = text.utf8.count == Self.dateLength
        last = isDate ? Timestamp(milliseconds: time.milliseconds + Self.dayMilliseconds - 1) : time
    }
}

/// A moment as a person writes it: digits are a position, a UUID an event, anything else a time.
///
///     let early = MomentReference("1000")  // right after the event at position 1,000
///     let late = MomentReference("2026-01-23")  // the end of that day in UTC, or now if it is not over
public enum MomentReference: Hashable, Sendable {
    case position(Position)
    case event(EventID)
    case time(TimeReference)

    public static let words = "A position, an event's id, or a recorded time: RFC 3339, or a date for its end in UTC."

    /// If the moment begins a span.
    public static let wordsOfBeginning =
        "A position (0: before everything), an event's id, or a recorded time: RFC 3339, or a date for its beginning "
        + "in UTC."

    /// If a span begins with it.
    public static let wordsOfFirst =
        "A position, an event's id, or a recorded time: RFC 3339, or a date for its beginning in UTC. It is included."
    /// If a span ends with it.
    public static let wordsOfLast =
        "A position, an event's id, or a recorded time: RFC 3339, or a date for its end in UTC. It is included."

    /// Nil if it is none of these.
    public init?(_ text: String) {
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // More digits than a position has are beyond every log.
            self = .position(Position(text) ?? .max)
        } else if let id = EventID(text) {
            self = .event(id)
        } else if let time = TimeReference(text) {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// A bare date means its end, or now if it is not over yet.
    ///
    /// - Parameter occurred: a time is when events occurred, not when they were recorded.
    public func moment(occurred: Bool = false, now: Timestamp) -> Moment {
        switch self {
        case .position(let position): return .position(position)
        case .event(let id): return .event(id)
        case .time(let given):
            let time = given.first <= now ? min(given.last, now) : given.first
            return occurred ? .occurred(time) : .time(time)
        }
    }

    public var isTime: Bool { if case .time = self { true } else { false } }

    /// Nil for an event.
    public var time: TimeReference? { if case .time(let time) = self { time } else { nil } }

    /// A bare date means right before its first millisecond, so that the day itself comes after it.
    public var beginning: Moment {
        switch self {
        case .position(let position): .position(position)
        case .event(let id): .event(id)
        case .time(let given) where given.first < given.last:
            .time(Timestamp(milliseconds: given.first.milliseconds - 1))
        case .time(let given): .time(given.first)
        }
    }
}

/// Which moment a call reads: the present, or another one.
public struct ReadMoment: Hashable, Sendable {
    /// Nil: the present.
    public var at: MomentReference?
    /// The time in `at` is when events occurred, not when they were recorded.
    public var occurred: Bool

    public init(at: MomentReference? = nil, occurred: Bool = false) {
        self.at = at
        self.occurred = occurred
    }

    public static let now = ReadMoment()
}
