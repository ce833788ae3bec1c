public import EventLog
import MemoryLedger

/// What is counted over time, of which events, and how it is divided.
///
///     var query = TimelineQuery(.messages, by: .user, in: "mem")
///     query.bucket = .month
///     let timeline = try await ledger.timeline(query)
public struct TimelineQuery: Hashable, Sendable {
    /// What is counted. All but `bytes` are numbers of events.
    public enum Measure: String, CaseIterable, Hashable, Sendable {
        /// Messages that were appended to sessions.
        case messages
        /// Memories that were added, also in the place of another one, and rows that were imported.
        case memories
        case events
        /// Of the events' payloads before compression; of encrypted ones, of their ciphertexts.
        case bytes
    }

    /// By what a bucket is divided.
    public enum Grouping: String, CaseIterable, Hashable, Sendable {
        case user, session, namespace, type
    }

    public var measure: Measure
    public var grouping: Grouping?
    /// Nil: all, and the ledger's own events.
    public var namespace: String?
    /// Only events of this user and of their sessions.
    public var user: String?
    public var session: String?
    /// Only events of this type.
    public var type: EventType?
    public var bucket = TimeBucket.day
    /// The first bucket is the one that this is in; nil: `last` says how many there are.
    public var from: Timestamp?
    /// The last bucket is the one that this is in; nil: now, or the moment that is read.
    public var to: Timestamp?
    /// Buckets if `from` is nil, 1 to `ContextLimits.timelineBuckets`.
    public var last = 30
    /// Groups that are told apart, the largest ones: 1 to `ContextLimits.timelineGroups`.
    public var limit = 20

    public init(_ measure: Measure, by grouping: Grouping? = nil, in namespace: String? = nil) {
        (self.measure, self.grouping, self.namespace) = (measure, grouping, namespace)
    }
}

/// What was counted: every bucket of the span, those without anything too.
public struct Timeline: Hashable, Sendable {
    /// A user, a session, a namespace or a type of events, with what was counted of it.
    public struct Group: Hashable, Sendable {
        /// Of namespaces, "" is what the ledger itself did.
        public var name: String
        public var count: Int64
    }

    public struct Bucket: Hashable, Sendable {
        public var from: Timestamp
        /// When the next one begins.
        public var to: Timestamp
        /// With what is of groups that are not told apart.
        public var count: Int64
        /// Of those that are, the ones that have something; in the order of `Timeline.groups`.
        public var groups: [Group]
    }

    public var query: TimelineQuery
    public var buckets: [Bucket]
    /// Of the whole span.
    public var total: Int64
    /// Those that are told apart, the largest in the whole span first.
    public var groups: [Group]
    /// How many there are, told apart or not.
    public var groupCount: Int
    /// Namespaces of a moment that are left out, because they are encrypted and there is no master key for them.
    public var locked: [String] = []
}

extension TimelineQuery {
    /// - Throws: `MemoryLedgerError.invalidArgument`.
    func check() throws {
        func check(_ number: Int, _ name: String, _ most: Int) throws {
            guard !(1...most).contains(number) else { return }
            throw MemoryLedgerError(.invalidArgument, "A timeline has 1 to \(most) \(name), not \(number).")
        }
        try check(last, "buckets", ContextLimits.timelineBuckets)
        try check(limit, "groups", ContextLimits.timelineGroups)
        guard namespace == nil, user != nil || session != nil || grouping == .user || grouping == .session else {
            return
        }
        throw MemoryLedgerError(.invalidArgument, "Users and sessions are of a namespace; name one.")
    }

    /// Where the buckets begin, and the last one ends.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument` if there are too many.
    func boundaries(now: Timestamp) throws -> [Timestamp] {
        let end = bucket.start(of: to ?? now)
        let start = from.map { bucket.start(of: $0) } ?? bucket.start(1 - Int64(last), after: end)
        let count = bucket.count(from: start, to: end) + 1
        guard count > 0 else {
            throw MemoryLedgerError(.invalidArgument, "The span ends before it begins; give a later end.")
        }
        guard count <= Int64(ContextLimits.timelineBuckets) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "The span has \(count) buckets, more than \(ContextLimits.timelineBuckets); give a larger bucket than "
                    + "\(bucket.rawValue), or a shorter span.")
        }
        return (0...count).map { bucket.start($0, after: start) }
    }
}
