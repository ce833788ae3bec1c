import EventLog
import MemoryLedger

/// What can happen to a reminder. Payloads are JSON with their members in one order, so that the same body is always
/// the same bytes.
enum ReminderEvent: ModuleEvent, Hashable {
    case set(Reminder)
    case retitled(String)
    case postponed(due: Timestamp)
    case done
    case dropped

    enum Name {
        static let set: EventType = "ReminderSet"
        static let retitled: EventType = "ReminderRetitled"
        static let postponed: EventType = "ReminderPostponed"
        static let done: EventType = "ReminderDone"
        static let dropped: EventType = "ReminderDropped"
    }

    var type: EventType {
        switch self {
        case .set: Name.set
        case .retitled: Name.retitled
        case .postponed: Name.postponed
        case .done: Name.done
        case .dropped: Name.dropped
        }
    }

    var json: JSONValue {
        switch self {
        case .set(let reminder): .object(reminder.fields)
        case .retitled(let title): ["title": .string(title)]
        case .postponed(let due): ["due": JSONValue(due.milliseconds)]
        case .done, .dropped: [:]
        }
    }

    func payload() throws -> [UInt8] { json.compactBytes }

    static func read(_ type: EventType, _ payload: [UInt8]) throws -> ReminderEvent? {
        guard let object = try JSONParser.parse(payload).object else { throw EventDataError("it is no JSON object") }
        return try read(type, EventData(object))
    }

    static func read(_ type: EventType, _ data: EventData) throws -> ReminderEvent? {
        switch type {
        case Name.set: .set(try Reminder(fields: data.object))
        case Name.retitled: .retitled(try data.text("title"))
        case Name.postponed: .postponed(due: try data.time("due"))
        case Name.done: .done
        case Name.dropped: .dropped
        default: nil
        }
    }

    var words: String {
        switch self {
        case .set(let reminder): reminder.title
        case .retitled(let title): title
        case .postponed(let due): "to \(due.rfc3339)"
        case .done, .dropped: ""
        }
    }
}
