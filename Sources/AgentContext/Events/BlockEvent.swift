public import EventLog
public import MemoryLedger

/// What can happen to a block of working context.
public enum BlockEvent: JSONEvent, Hashable {
    case created(Block)
    /// It is there, and says nothing yet: what it says is protected for users, and where it is is not.
    case placed(BlockPlacement)
    case edited(BlockEdit)
    /// To what a former version said.
    case reverted(BlockReversion)
    case configured(BlockSettings)
    case renamed(String)
    case shared(BlockHolder)
    case unshared(BlockHolder)
    case deleted

    public enum Name {
        public static let created: EventType = "BlockCreated"
        public static let placed: EventType = "BlockPlaced"
        public static let edited: EventType = "BlockEdited"
        public static let reverted: EventType = "BlockReverted"
        public static let configured: EventType = "BlockConfigured"
        public static let renamed: EventType = "BlockRenamed"
        public static let shared: EventType = "BlockShared"
        public static let unshared: EventType = "BlockUnshared"
        public static let deleted: EventType = "BlockDeleted"

        static let all: Set<EventType> = [
            created, placed, edited, reverted, configured, renamed, shared, unshared, deleted,
        ]
    }

    public var type: EventType {
        switch self {
        case .created: Name.created
        case .placed: Name.placed
        case .edited: Name.edited
        case .reverted: Name.reverted
        case .configured: Name.configured
        case .renamed: Name.renamed
        case .shared: Name.shared
        case .unshared: Name.unshared
        case .deleted: Name.deleted
        }
    }

    public var json: JSONValue {
        switch self {
        case .created(let block): .object(block.fields)
        case .placed(let placement): placement.json
        case .edited(let edit): ["edit": .string(edit.kind.rawValue), "value": edit.value.json]
        case .reverted(let reversion):
            [
                "by": .string(reversion.kind.rawValue), "version": JSONValue(reversion.version),
                "value": reversion.value.json,
            ]
        case .configured(let settings): .object(settings.json)
        case .renamed(let label): ["label": .string(label)]
        case .shared(let holder), .unshared(let holder): holder.json
        case .deleted: [:]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> BlockEvent? {
        switch type {
        case Name.created: .created(try Block(fields: data.object))
        case Name.placed: .placed(try BlockPlacement(data))
        case Name.edited: .edited(try BlockEdit(data))
        case Name.reverted: .reverted(try BlockReversion(data))
        case Name.configured: .configured(try BlockSettings(data))
        case Name.renamed: .renamed(try data.text("label"))
        case Name.shared: .shared(try BlockHolder(data))
        case Name.unshared: .unshared(try BlockHolder(data))
        case Name.deleted: .deleted
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .created(let block): "\(block.label): \(block.value.text)"
        case .placed(let placement): "\(placement.label) of \(placement.holder.words)"
        case .edited(let edit): "\(edit.kind.rawValue): \(edit.value.text)"
        case .reverted(let reversion): "\(reversion.kind.rawValue) to version \(reversion.version)"
        case .configured(let settings): settings.description
        case .renamed(let label): "to \(label)"
        case .shared(let holder): "with \(holder.words)"
        case .unshared(let holder): "no more with \(holder.words)"
        case .deleted: ""
        }
    }
}

/// Where a block is, whatever it says.
public struct BlockPlacement: Hashable, Sendable {
    public var label: String
    /// Characters that it may have, 1 to `BlockSettings.maximumLimit`.
    public var limit: Int
    public var holder: BlockHolder

    init(_ label: String, limit: Int, _ holder: BlockHolder) {
        (self.label, self.limit, self.holder) = (label, limit, holder)
    }

    init(_ data: EventData) throws {
        self.init(
            try data.text("label"), limit: try data.bounded("limit", 1...BlockSettings.maximumLimit),
            try BlockHolder(data.data("holder")))
    }

    var json: JSONValue { ["label": .string(label), "limit": JSONValue(limit), "holder": holder.json] }

    /// The block, which says nothing.
    var block: Block { Block(label: label, settings: BlockSettings(limit: limit), holders: [holder]) }
}

/// A new value of a block, and how it came about.
public struct BlockEdit: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case set, append, replace, insert
    }

    public var kind: Kind
    public var value: CountedText

    init(_ kind: Kind, _ value: CountedText) { (self.kind, self.value) = (kind, value) }

    init(_ data: EventData) throws {
        let name = try data.text("edit")
        guard let kind = Kind(rawValue: name) else { throw EventDataError("there is no edit \(name)") }
        self.init(kind, try CountedText(data.data("value")))
    }
}

/// A block says again what it said at a version.
public struct BlockReversion: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// To what it said before its last edit.
        case undo
        /// To what was undone last.
        case redo
        /// To a version that was named.
        case restore
    }

    public var kind: Kind
    public var version: Int64
    public var value: CountedText

    init(_ kind: Kind, version: Int64, _ value: CountedText) {
        (self.kind, self.version, self.value) = (kind, version, value)
    }

    init(_ data: EventData) throws {
        let name = try data.text("by")
        guard let kind = Kind(rawValue: name) else { throw EventDataError("nothing is reverted by \(name)") }
        self.init(kind, version: try data.integer("version"), try CountedText(data.data("value")))
    }
}

extension Block: StreamSubject {
    public static func applying(_ event: BlockEvent, to block: Block?) -> Block? {
        if case .created(let new) = event { return new }
        if case .placed(let placement) = event { return placement.block }
        guard var block else { return nil }
        switch event {
        case .created, .placed, .deleted: return nil
        case .edited(let edit): block.value = edit.value
        case .reverted(let reversion): block.value = reversion.value
        case .configured(let settings): block.settings = settings
        case .renamed(let label): block.label = label
        case .shared(let holder): if !block.holders.contains(holder) { block.holders.append(holder) }
        case .unshared(let holder): block.holders.removeAll { $0 == holder }
        }
        return block
    }

    public var fields: JSONObject {
        [
            "label": .string(label), "value": value.json, "settings": .object(settings.json),
            "holders": .array(holders.map(\.json)),
        ]
    }

    public init(fields: JSONObject) throws {
        let data = EventData(fields)
        self.init(
            label: try data.text("label"), value: try CountedText(data.data("value")),
            settings: try BlockSettings(data.data("settings")), holders: try data.list("holders").map(BlockHolder.init))
    }

    public static func events(from old: Block?, to new: Block?) -> [BlockEvent] {
        guard let new else { return old == nil ? [] : [.deleted] }
        guard let old else { return [.created(new)] }
        var events: [BlockEvent] = []
        if !new.label.utf8.elementsEqual(old.label.utf8) { events.append(.renamed(new.label)) }
        if new.value != old.value { events.append(.edited(BlockEdit(.set, new.value))) }
        if new.settings != old.settings { events.append(.configured(new.settings)) }
        events += old.holders.filter { !new.holders.contains($0) }.map { .unshared($0) }
        events += new.holders.filter { !old.holders.contains($0) }.map { .shared($0) }
        return events
    }
}
