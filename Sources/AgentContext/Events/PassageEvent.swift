public import EventLog
public import MemoryLedger

/// What can happen to a passage of an archive.
public enum PassageEvent: JSONEvent, Hashable {
    case inserted(Passage)
    case deleted

    public enum Name {
        public static let inserted: EventType = "PassageInserted"
        public static let deleted: EventType = "PassageDeleted"

        static let all: Set<EventType> = [inserted, deleted]
    }

    public var type: EventType {
        switch self {
        case .inserted: Name.inserted
        case .deleted: Name.deleted
        }
    }

    public var json: JSONValue {
        switch self {
        case .inserted(let passage): .object(passage.fields)
        case .deleted: [:]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> PassageEvent? {
        switch type {
        case Name.inserted: .inserted(try Passage(fields: data.object))
        case Name.deleted: .deleted
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .inserted(let passage): "\(passage.archive): \(passage.content)"
        case .deleted: ""
        }
    }
}

extension Passage: StreamSubject {
    public static func applying(_ event: PassageEvent, to passage: Passage?) -> Passage? {
        switch event {
        case .inserted(let new): new
        case .deleted: nil
        }
    }

    public var fields: JSONObject {
        var object: JSONObject = [
            "archive": .string(archive), "content": .string(content), "tokens": JSONValue(tokens),
        ]
        if isEstimated { object.append("estimated", true) }
        if !tags.isEmpty { object.append("tags", .array(tags.map { .string($0) })) }
        if !metadata.isEmpty { object.append("metadata", .object(metadata)) }
        if let embedding { object.append("embedding", JSONValue(base64: embedding)) }
        if let user { object.append("user", .string(user)) }
        if let session { object.append("session", .string(session)) }
        return object
    }

    public init(fields: JSONObject) throws {
        let data = EventData(fields)
        self.init(
            try data.text("content"), archive: try data.text("archive"), tokens: try data.tokens("tokens"),
            isEstimated: data.flag("estimated"))
        if data.optional("tags") != nil { tags = try data.texts("tags") }
        metadata = try data.optionalObject("metadata")
        embedding = try data.optionalBytes("embedding")
        user = try data.optionalText("user")
        session = try data.optionalText("session")
    }

    public static func events(from old: Passage?, to new: Passage?) -> [PassageEvent] {
        guard let new else { return old == nil ? [] : [.deleted] }
        return [.inserted(new)]
    }
}
