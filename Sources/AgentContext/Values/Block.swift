public import EventLog
import MemoryLedger

/// A part of an agent's working context, which it edits itself.
///
///     var human = Block(label: "human", value: CountedText("Likes green tea.", tokens: 5), holders: [.agent("tea")])
///     human.settings.limit = 2_000
public struct Block: Hashable, Sendable {
    /// What it is called where it is held: `persona`, `human`.
    public var label: String
    public var value: CountedText
    public var settings: BlockSettings
    /// In whose context it is.
    public var holders: [BlockHolder]

    public init(
        label: String, value: CountedText = CountedText(), settings: BlockSettings = BlockSettings(),
        holders: [BlockHolder]
    ) {
        (self.label, self.value, self.settings, self.holders) = (label, value, settings, holders)
    }
}

/// What holds for a block whatever it says.
public struct BlockSettings: Hashable, Sendable {
    /// Characters that its value may have, 1 to `maximumLimit`.
    public var limit: Int
    /// What it is for, for a model.
    public var description: String
    /// No edit, undo or deletion changes it until this is taken back.
    public var isReadOnly: Bool

    public static let standardLimit = 5_000
    public static let maximumLimit = 1_000_000

    public init(limit: Int = Self.standardLimit, description: String = "", isReadOnly: Bool = false) {
        (self.limit, self.description, self.isReadOnly) = (limit, description, isReadOnly)
    }

    var json: JSONObject {
        [
            "limit": JSONValue(limit), "description": .string(description), "read_only": .bool(isReadOnly),
        ]
    }

    init(_ data: EventData) throws {
        self.init(
            limit: try data.bounded("limit", 1...Self.maximumLimit), description: try data.text("description"),
            isReadOnly: data.flag("read_only"))
    }
}

/// In whose context a block is.
public enum BlockHolder: Hashable, Sendable {
    /// In every session of the agent.
    case agent(String)
    /// In one session, by its id.
    case session(String)

    enum Kind: String {
        case agent, session
    }

    /// By bytes, because Swift compares texts by what they look like.
    public static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.name.utf8.elementsEqual(right.name.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        for byte in name.utf8 { hasher.combine(byte) }
    }

    var kind: Kind {
        switch self {
        case .agent: .agent
        case .session: .session
        }
    }

    var name: String {
        switch self {
        case .agent(let name), .session(let name): name
        }
    }

    init(_ kind: Kind, _ name: String) {
        switch kind {
        case .agent: self = .agent(name)
        case .session: self = .session(name)
        }
    }

    var words: String { "\(kind.rawValue) \(name)" }
    var json: JSONValue { ["holder": .string(kind.rawValue), "name": .string(name)] }

    init(_ data: EventData) throws {
        let word = try data.text("holder")
        guard let kind = Kind(rawValue: word) else { throw EventDataError("\(word) holds no blocks") }
        self.init(kind, try data.text("name"))
    }
}

/// A block as it stands.
public struct BlockState: Hashable, Sendable {
    /// What it keeps over renames.
    public var id: String
    public var namespace: String
    public var block: Block
    /// Changes of what it says, its creation and reversions among them: the last one's number.
    public var version: Int64
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// Whom what it says is protected for: their erasure takes it.
    public var users: [String] = []
}

/// A change of what a block says.
public struct BlockVersion: Hashable, Sendable {
    /// 1, 2, 3, …
    public var number: Int64
    /// `create`, a `BlockEdit.Kind`, a `BlockReversion.Kind`, or `erased`: it says what the version before it says.
    public var kind: String
    /// The version that said first what this one says; of an edit its own number.
    public var content: Int64
    /// Of an edit: the version that it was made of; 0 for none.
    public var parent: Int64
    public var value: CountedText
    public var actor: String?
    /// Whom what it says is protected for.
    public var users: [String] = []
    public var position: Position
    public var at: Timestamp
}
