public import EventLog

/// Something in a ledger that is not as the log wrote it.
public struct LogDamage: Hashable, Sendable {
    /// An open list: later versions add kinds.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }

        /// There is no event at the position.
        public static let missingEvent = Kind("missing_event")
        /// An event that the tree has no leaf for: it was slipped in.
        public static let surplusEvent = Kind("surplus_event")
        /// The tree has leaves for events that are not there: the log's end was cut off.
        public static let cutOff = Kind("cut_off")
        /// The event is not the one that was appended.
        public static let alteredEvent = Kind("altered_event")
        /// The event of another position stands here: events were swapped or reordered.
        public static let movedEvent = Kind("moved_event")
        /// The payload cannot be decompressed, or is not what its checksum says.
        public static let unreadablePayload = Kind("unreadable_payload")
        /// The row cannot be read from the file, or refers to what is not there.
        public static let unreadableEvent = Kind("unreadable_event")
        /// The versions or the back-pointers of a stream do not follow one another.
        public static let brokenStream = Kind("broken_stream")
        /// It was recorded before the event before it.
        public static let timeGoesBack = Kind("time_goes_back")
        /// The Merkle tree's own tables were changed, or lack something.
        public static let damagedTree = Kind("damaged_tree")
        /// A compression dictionary is not what its hash says.
        public static let damagedDictionary = Kind("damaged_dictionary")
        /// What the tables say of encryption and erasure is not what the log says.
        public static let damagedProtection = Kind("damaged_protection")
        /// The index over the log is not what the events say: lookups may miss events.
        public static let damagedIndex = Kind("damaged_index")
        /// A checkpoint that the ledger keeps was changed.
        public static let damagedCheckpoint = Kind("damaged_checkpoint")
        /// No leaf fits: the ledger's id was changed, or the tables are another ledger's.
        public static let otherLedger = Kind("other_ledger")
        /// A checkpoint covers more events than the log has: it was cut off, or an older copy was put in its place.
        public static let rolledBack = Kind("rolled_back")
        /// Events that were acknowledged are missing, or are others: a part of the file was damaged or put back.
        public static let lostHead = Kind("lost_head")
        /// The events that a checkpoint was signed of are not the events that are there.
        public static let contradictsCheckpoint = Kind("contradicts_checkpoint")
        /// A checkpoint of an earlier epoch covers events that a restore has left behind. The restore is in the log.
        public static let lostByRestore = Kind("lost_by_restore")
        /// A table or trigger of the log is missing, or is not as the log makes it.
        public static let damagedSchema = Kind("damaged_schema")
        /// SQLite cannot read the file any more.
        public static let damagedFile = Kind("damaged_file")
        /// A projection's table is not what the log says.
        public static let projectionDiffers = Kind("projection_differs")
    }

    public var kind: Kind
    /// Where it is; of several events in a row the first; nil where it is not about events.
    public var position: Position?
    /// The last of several events in a row.
    public var lastPosition: Position?
    /// One clause: what was found.
    public var what: String

    public init(_ kind: Kind, at position: Position? = nil, through last: Position? = nil, _ what: String) {
        self.kind = kind
        self.position = position
        lastPosition = last ?? position
        self.what = what
    }

    /// How many positions it is about; 1 where it is not about events.
    var count: Int64 {
        guard let position, let lastPosition else { return 1 }
        return lastPosition - position + 1
    }
}
