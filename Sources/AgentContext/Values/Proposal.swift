public import EventLog
public import MemoryLedger

/// What a proposal reads or changes.
public struct ProposalSubject: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case memory, block, passage
    }

    public var kind: Kind
    /// Of a memory its key, of a block its id; of a passage the id of its stream.
    public var id: String
    /// Where it stood: of a memory the version of its content, of another one its stream's; 0: it was not there.
    public var version: StreamVersion

    public init(_ kind: Kind, _ id: String, version: StreamVersion) {
        (self.kind, self.id, self.version) = (kind, id, version)
    }

    /// By bytes, because Swift compares texts by what they look like.
    fileprivate static func place(_ kind: Kind, _ id: String) -> StreamName { StreamName("\(kind.rawValue)/\(id)") }

    /// `memory tea`.
    var words: String { "\(kind.rawValue) \(id)" }
}

/// An event that is appended if a proposal is accepted.
public struct ProposedEvent: Hashable, Sendable {
    public var type: EventType
    public var schemaVersion: Int
    public var payload: [UInt8]
}

/// What one operation would append to the stream of one subject.
public struct ProposedAppend: Hashable, Sendable {
    public var subject: ProposalSubject
    public var events: [ProposedEvent]
    /// The users whom they are protected for.
    public var users: [String] = []
}

/// One operation of a proposal.
public struct ProposalChange: Hashable, Sendable {
    /// The name of the operation: `memory.update`.
    public var operation: String
    public var arguments: JSONObject
    /// One for each subject that it changes.
    public var appends: [ProposedAppend]
}

/// A part of a proposal: the first one makes it.
public struct ProposalDraft: Hashable, Sendable {
    /// What was read to make it stood so.
    public var base: Position
    public var description: String
    /// Whose it is: the user of the session that it was made in, or one that was named.
    public var user: String?
    public var session: String?
    /// The users whom it is protected for: its own, and those whom its changes are.
    public var users: [String] = []
    public var reads: [ProposalSubject] = []
    public var changes: [ProposalChange] = []
    /// The memories that those of its changes would be derived from.
    public var madeFrom: [MemoryKey] = []

    public init(base: Position, description: String = "") { (self.base, self.description) = (base, description) }
}

/// A proposal as it stands.
public struct Proposal: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable, CaseIterable {
        case open, accepted, rejected
    }

    /// What was decided.
    public struct Ruling: Hashable, Sendable {
        public var by: String?
        public var at: Timestamp
        /// Of the event that says so.
        public var position: Position
        /// Why it was rejected.
        public var reason: String?
    }

    public var namespace: String
    public var name: String
    public var status: Status
    /// How many parts it has: one, and one more each time that it is extended.
    public var version = 1
    /// Everything that was drafted, as one.
    public var draft: ProposalDraft
    public var proposer: String?
    public var createdAt: Timestamp
    /// Of the event that made it.
    public var position: Position
    /// Nil: it is open.
    public var ruling: Ruling?

    public var key: MemoryKey { MemoryKey(namespace: namespace, key: name) }

    /// All that it reads or changes, each once, in the order of kind and id.
    public var subjects: [ProposalSubject] {
        var seen: [StreamName: ProposalSubject] = [:]
        for subject in draft.reads + draft.changes.flatMap({ $0.appends.map(\.subject) }) {
            let stream = ProposalSubject.place(subject.kind, subject.id)
            // Of parts that saw it differently the first one decides: what it saw has changed.
            if let known = seen[stream], known.version <= subject.version { continue }
            seen[stream] = subject
        }
        return seen.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// A proposal without what it reads and changes.
public struct ListedProposal: Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var status: Proposal.Status
    public var version: Int
    public var description: String
    public var base: Position
    public var user: String?
    public var session: String?
    public var proposer: String?
    public var createdAt: Timestamp
    public var position: Position
    public var ruling: Proposal.Ruling?
    /// How many things it was made from.
    public var reads: Int
    /// How many operations it has.
    public var changes: Int
}

/// What has happened to something since a proposal was made from it.
public struct ProposalConflict: Hashable, Sendable {
    public var subject: ProposalSubject
    /// Where it stands now; 0: it is not there.
    public var found: StreamVersion
    /// Who changed it last, and when.
    public var by: String?
    public var at: Timestamp?
    public var position: Position?

    public var json: JSONObject {
        [
            "kind": .string(subject.kind.rawValue), "id": .string(subject.id),
            "expected": JSONValue(subject.version), "found": JSONValue(found),
            "changed_by": by.map { .string($0) } ?? .null, "changed_at": at.map { JSONValue($0.milliseconds) } ?? .null,
            "position": position.map { JSONValue($0) } ?? .null,
        ]
    }
}
