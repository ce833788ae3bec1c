public import EventLog
public import MemoryLedger

/// What can happen to a user.
public enum UserEvent: JSONEvent, Hashable {
    case added

    public enum Name {
        public static let added: EventType = "UserAdded"
    }

    public var type: EventType { Name.added }
    public var json: JSONValue { [:] }
    public var words: String { "" }

    public static func read(_ type: EventType, _ data: EventData) throws -> UserEvent? {
        type == Name.added ? .added : nil
    }
}
