public import EventLog
public import MerkleLog

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

/// Collects damage: neighbours of one kind become one entry, and there are at most so many entries.
struct DamageList {
    private(set) var entries: [LogDamage] = []
    /// Of everything, listed or not.
    private(set) var count: Int64 = 0

    /// Entries that are kept, some 200 bytes each. What comes beyond is counted.
    static let maximumEntries = 100_000

    mutating func add(_ damage: LogDamage) {
        count += damage.count
        if let last = entries.last, last.kind == damage.kind, last.what == damage.what,
            let end = last.lastPosition, damage.position == end + 1
        {
            entries[entries.count - 1].lastPosition = damage.lastPosition
        } else if entries.count < Self.maximumEntries {
            entries.append(damage)
        }
    }

    mutating func add(_ damages: [LogDamage]) {
        for damage in damages { add(damage) }
    }

    mutating func add(_ other: DamageList) {
        let unlisted = other.count - other.entries.reduce(0) { $0 + $1.count }
        add(other.entries)
        count += unlisted
    }

    /// In the order of the positions; what is not about events comes first.
    package var sorted: [LogDamage] {
        entries.enumerated().sorted { left, right in
            let (a, b) = (left.element.position ?? 0, right.element.position ?? 0)
            return a != b ? a < b : left.offset < right.offset
        }.map(\.element)
    }
}

/// What `verify` found.
public struct LogVerification: Sendable {
    /// Nil where that cannot be told any more.
    public var ledgerID: LedgerID?
    /// Under which checkpoints are signed now.
    public var origin: String
    /// How many events there are: the last position.
    public var events: Int64
    /// Of the tree over the events as they are; nil where they could not be looked at.
    public var root: MerkleHash?
    /// In the order of the positions.
    public var damages: [LogDamage]
    /// How many events and other things are damaged; more than listed beyond `maximumListed`.
    public var damageCount: Int64
    /// Checkpoints that the log was compared with: those that it keeps, and those that were given.
    public var checkpoints: Int
    /// Of the checkpoints that were given: the keys that signed them and were trusted.
    public var signers: [NoteVerifierKey]

    public static let maximumListed = DamageList.maximumEntries

    public var isClean: Bool { damageCount == 0 }
}
