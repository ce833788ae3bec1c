public import EventLog
public import MemoryLedger

/// What can happen to a key of the configuration.
public enum ConfigurationEvent: JSONEvent, Hashable {
    case set(JSONValue)
    case unset

    public enum Name {
        public static let set: EventType = "ConfigurationSet"
        public static let unset: EventType = "ConfigurationUnset"
    }

    public var type: EventType {
        switch self {
        case .set: Name.set
        case .unset: Name.unset
        }
    }

    public var json: JSONValue {
        switch self {
        case .set(let value): ["value": value]
        case .unset: [:]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> ConfigurationEvent? {
        switch type {
        case Name.set: .set(try data.member("value"))
        case Name.unset: .unset
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .set(let value): value.description
        case .unset: ""
        }
    }
}

/// A value that was set; a key without one has its default.
struct ConfiguredValue: Hashable, Sendable {
    var value: JSONValue
}

extension ConfiguredValue: StreamSubject {
    static func applying(_ event: ConfigurationEvent, to value: ConfiguredValue?) -> ConfiguredValue? {
        switch event {
        case .set(let new): ConfiguredValue(value: new)
        case .unset: nil
        }
    }

    var fields: JSONObject { ["value": value] }

    init(fields: JSONObject) throws { value = try EventData(fields).member("value") }

    static func events(from old: ConfiguredValue?, to new: ConfiguredValue?) -> [ConfigurationEvent] {
        guard let new else { return old == nil ? [] : [.unset] }
        return [.set(new.value)]
    }
}
