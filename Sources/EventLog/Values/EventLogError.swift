/// What went wrong in an event log. Compare `code`; show `message`, one sentence that says what to do.
///
///     do {
///         _ = try await log.append(to: stream, .mustNotExist, [NewEvent(placed, by: ids)])
///     } catch let error as EventLogError where error.code == .conflict {
///         print(error, error.found ?? 0)
///     }
public struct EventLogError: Error, Sendable, CustomStringConvertible {
    /// An open list: later versions add codes, so switch over it with a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// A code of a backend's own, which it documents: words joined by `_`, behind the backend's name, so that no
        /// two mean different things by one.
        ///
        ///     extension EventLogError.Code {
        ///         /// The server closed the connection: try again.
        ///         static let postgresDisconnected = Self("postgres_disconnected")
        ///     }
        ///
        /// What a code here says, a backend says by that one: the conformance suite asks for `conflict`, `closed` and
        /// others.
        public init(_ description: String) { self.description = description }

        /// A stream is not as the append expected: `stream`, `expected`, `found`.
        public static let conflict = Code("conflict")
        /// Another process holds the writer lock for too long: `holderProcessID`.
        public static let busy = Code("busy")
        /// A stored payload cannot be read: `position`.
        public static let damagedPayload = Code("damaged_payload")
        /// An event's row is not what the log wrote: `position`.
        public static let damagedLog = Code("damaged_log")
        /// Something is larger than a named limit: `limit`.
        public static let limitExceeded = Code("limit_exceeded")
        /// Some, but not all, event ids of an append are known, or they belong to other events.
        public static let eventIDReused = Code("event_id_reused")
        /// An argument cannot mean anything: an empty append, a negative limit.
        public static let invalidArgument = Code("invalid_argument")
        /// There is no ledger at the path.
        public static let missing = Code("missing")
        /// The file is not a ledger.
        public static let notALedger = Code("not_a_ledger")
        /// A newer version of this program wrote the ledger.
        public static let newerFormat = Code("newer_format")
        /// The log was opened for reading only.
        public static let readOnly = Code("read_only")
        /// The log cannot do what was asked for, though another one can.
        public static let unsupported = Code("unsupported")
        /// The log has been closed.
        public static let closed = Code("closed")
        /// The disk is full or refuses to read or write.
        public static let storage = Code("storage")
        /// There is a file already, or one that must not be replaced.
        public static let fileExists = Code("file_exists")
        /// A projector could not apply an event: `position`, `projection`.
        public static let projectionFailed = Code("projection_failed")
        /// There are too few events, or they have too little in common, to make a dictionary from.
        public static let tooFewSamples = Code("too_few_samples")
        /// A projection's table is not there: rebuild it.
        public static let missingTable = Code("missing_table")
        /// No projection of that name.
        public static let unknownProjection = Code("unknown_projection")
        /// A position, a time or an event that the log does not have, or not yet.
        public static let unknownMoment = Code("unknown_moment")
        /// The serving generation is not what the log says: `difference`.
        public static let digestMismatch = Code("digest_mismatch")
        /// A ledger of format 1 has no Merkle tree until it is opened for writing.
        public static let noTree = Code("no_tree")
        /// A proof, a checkpoint or an event's encoding is not what its format says.
        public static let malformedProof = Code("malformed_proof")
        /// There is no former generation that one could go back to.
        public static let noFormerGeneration = Code("no_former_generation")
        /// A newer program wrote an event whose type is known and whose schema version is not: `position`.
        public static let newerEvent = Code("newer_event")
        /// An event without an actor, where every event needs one.
        public static let actorRequired = Code("actor_required")
        /// The disk failed in such a way that it cannot be said whether the events are in the log: `eventIDs`.
        /// Appending them again with the same ids, once the ledger can be opened, is safe.
        public static let outcomeUnknown = Code("outcome_unknown")
        /// An earlier append ended with `outcomeUnknown`, so nothing more is written by this process: `eventIDs` are
        /// those of the earlier one. What was to be appended now is not in the log.
        public static let writingStopped = Code("writing_stopped")
        /// Acknowledged events are missing, up to `position`: the ledger is read, and not written.
        public static let lostHead = Code("lost_head")
        /// Nothing that was acknowledged is missing, so there is no loss to accept.
        public static let nothingLost = Code("nothing_lost")
    }

    public var code: Code
    public var message: String
    public var stream: StreamName?
    public var expected: StreamCondition?
    /// The version that a stream was found at; 0 where it does not exist.
    public var found: StreamVersion?
    public var position: Position?
    public var holderProcessID: Int32?
    /// The name of the limit that was exceeded.
    public var limit: String?
    public var projection: String?
    /// The events that an error is about.
    public var eventIDs: [EventID] = []
    /// Which rows differ.
    public var difference: GenerationDifference?
    /// Why a projector refused an event, in its own words.
    package var reason: String?
    /// The file that SQLite finds damaged.
    package var corruptFile: String?

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// The errors of a log, as every backend words them.
extension EventLogError {
    /// A stream is not at the version, or not in the state, that the append expected.
    ///
    /// - Parameter found: the version that it has; 0 if it does not exist.
    public static func conflict(
        _ stream: StreamName, expected: StreamCondition, found: StreamVersion
    ) -> EventLogError {
        let state = found == 0 ? "it does not exist" : "it is at version \(found)"
        var error = EventLogError(
            .conflict, "Stream \(stream) was expected to be \(expected.phrase), but \(state); read it again and retry.")
        error.stream = stream
        error.expected = expected
        error.found = found
        return error
    }

    /// Another process writes for longer than the log waits.
    ///
    /// - Parameter holder: that process; nil if it is not known.
    public static func busy(holder: Int32?, waitedMilliseconds: Int) -> EventLogError {
        let who = holder.map { "process \($0)" } ?? "another process"
        var error = EventLogError(
            .busy, "The ledger is being written by \(who); waited \(waitedMilliseconds) ms. Try again, or wait longer.")
        error.holderProcessID = holder
        return error
    }

    /// An append that has one id twice.
    public static func repeatedWithin(_ id: EventID) -> EventLogError {
        EventLogError(.eventIDReused, "Event id \(id) occurs twice in one append; give each its own.")
    }

    /// An append that repeats an id of another stream's event.
    public static func otherStream(_ id: EventID) -> EventLogError {
        EventLogError(.eventIDReused, "Event id \(id) belongs to another stream; use a new id.")
    }

    /// An append that mixes ids that the log has with new ones.
    public static func partlyKnown(_ known: Int, of count: Int) -> EventLogError {
        EventLogError(
            .eventIDReused,
            "\(known) of \(count) event ids are in the log already; repeat the same append, or use new ids.")
    }

    package static func damagedPayload(at position: Position, _ reason: String) -> EventLogError {
        var error = EventLogError(
            .damagedPayload,
            "The payload at position \(position) is damaged (\(reason)); restore the ledger from a backup.")
        error.position = position
        return error
    }

    package static func damagedLog(at position: Position, _ reason: String) -> EventLogError {
        var error = EventLogError(
            .damagedLog, "The log is damaged at position \(position) (\(reason)); restore it from a backup.")
        error.position = position
        return error
    }

    /// - Parameter newest: The schema version that this program reads.
    package static func newerEvent(_ event: RecordedEvent, newest: Int) -> EventLogError {
        var error = EventLogError(
            .newerEvent,
            "The \(event.type) at position \(event.position) has schema version \(event.schemaVersion), and this program "
                + "reads \(newest); use a newer program.")
        error.position = event.position
        return error
    }

    package static func limit(_ name: String, allowed: Int, found: Int, what: String) -> EventLogError {
        var error = EventLogError(
            .limitExceeded, "\(what) is \(found), over the limit \(name) of \(allowed); make it smaller or raise it.")
        error.limit = name
        return error
    }

    package static func proof(_ reason: String) -> EventLogError {
        EventLogError(.malformedProof, "This is not a proof: \(reason); ask for the file again, unchanged.")
    }

    /// An event without an actor, in a log that takes none.
    public static let actorRequired = EventLogError(
        .actorRequired,
        "This ledger requires an actor; pass `--as NAME` (in Swift, an attribution's `actor`).")
    /// An append to a log that was opened for reading only.
    public static let readOnly = EventLogError(
        .readOnly, "The ledger was opened for reading only; open it for writing.")
    /// What only some logs can do was asked of another.
    ///
    /// - Parameter capability: what it takes, `encrypts payloads`.
    public static func unsupported(_ capability: String) -> EventLogError {
        EventLogError(
            .unsupported, "This takes a log that \(capability), and the ledger's is none; use a ledger in a file.")
    }
    /// Any call of a log that has been closed.
    public static let closed = EventLogError(.closed, "The ledger has been closed; open it again.")
}

extension StreamCondition {
    fileprivate var phrase: String {
        switch self {
        case .any: "anything"
        case .mustNotExist: "new"
        case .mustExist: "existing"
        case .atVersion(let version): "at version \(version)"
        }
    }
}
