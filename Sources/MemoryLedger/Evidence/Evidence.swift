public import EventLog
import LedgerCapabilities
public import MerkleLog

/// Events with their proofs, the checkpoint that was signed of them and the public keys: `Schemas/EVIDENCE.md`.
///
///     let evidence = try await ledger.evidence(for: EvidenceSelection(memory: MemoryKey(key: "tea")))
///     let file = try evidence.fileBytes()  // one HTML file that a stranger can read and check
public struct Evidence: Sendable {
    /// What a verifier can establish about what was left out.
    public enum Completeness: String, Sendable {
        /// Every event of the streams in `ranges`, from the first version given to the last.
        case versions
        /// Every position that was asked for.
        case positions
        /// A proof of inclusion says nothing about what else there is.
        case notProvable = "not_provable"
    }

    /// Versions of a stream that are all there.
    public struct StreamRange: Hashable, Sendable {
        public var stream: StreamName
        public var firstVersion: StreamVersion
        public var lastVersion: StreamVersion
    }

    public var ledger: LedgerID
    public var selection: EvidenceSelection
    public var ranges: [StreamRange]
    public var checkpoint: SignedCheckpoint
    /// The ledger's keys as far as they are known here.
    public var verifierKeys: [NoteVerifierKey]
    public var madeAt: Timestamp
    /// Who made it, in their own words.
    public var maker: String?
    /// Events that were asked for and that the checkpoint does not cover.
    public var eventsAfterCheckpoint: Int
    /// The events for a reader, in the order of the log.
    public let events: [RecordedEvent]
    /// What is known of their types.
    let catalogue: EventCatalogue
    let nodes: [MerkleHash]
    let entries: [ProvedEvents.Entry]
    let rotations: [ProvedEvents.Entry]

    public static let format = "memoryledger.org/evidence@v1"
    /// Events of one file.
    public static let maximumEvents = 100_000
    /// Of all events' encodings in one file.
    public static let maximumEntryBytes = 67_108_864
    /// Of one file.
    public static let maximumFileBytes = 536_870_912

    public var completeness: Completeness { selection.completeness }

    init(
        ledger: LedgerID, selection: EvidenceSelection, ranges: [StreamRange], checkpoint: SignedCheckpoint,
        verifierKeys: [NoteVerifierKey], madeAt: Timestamp, maker: String?, eventsAfterCheckpoint: Int,
        events: [RecordedEvent], of catalogue: EventCatalogue, proved: ProvedEvents
    ) {
        self.ledger = ledger
        self.selection = selection
        self.ranges = ranges
        self.checkpoint = checkpoint
        self.verifierKeys = verifierKeys
        self.madeAt = madeAt
        self.maker = maker
        self.eventsAfterCheckpoint = eventsAfterCheckpoint
        self.events = events
        self.catalogue = catalogue
        nodes = proved.nodes
        entries = proved.groups.first ?? []
        rotations = proved.groups.dropFirst().first ?? []
    }

    /// How many of the events are what.
    public struct Counts: Hashable, Sendable {
        public var events = 0
        public var erased = 0
        /// Encrypted, and the master key was not at hand.
        public var locked = 0
        /// Encrypted, and here for a reader by the word of the maker.
        public var decrypted = 0

        mutating func add(_ event: RecordedEvent) {
            events += 1
            switch event.protection {
            case .erased: erased += 1
            case .locked: locked += 1
            case .decrypted: decrypted += 1
            case .none: break
            }
        }
    }

    public var counts: Counts { events.reduce(into: Counts()) { $0.add($1) } }

    /// Which of the known keys have signed the checkpoint.
    public var signers: [NoteVerifierKey] { (try? checkpoint.verify(with: verifierKeys)) ?? [] }

    package static func malformed(_ reason: String) -> EventLogError {
        EventLogError(.malformedProof, "This is not evidence that holds: \(reason); ask for the file again, unchanged.")
    }

    static func limit(_ name: String, allowed: Int, found: Int, what: String) -> EventLogError {
        var error = EventLogError(
            .limitExceeded,
            "\(what) is \(found), over the limit \(name) of \(allowed); ask for less, in several files.")
        error.limit = name
        return error
    }
}
