import EventLog
import MemoryLedger

/// Something to be reminded of, at some time, about a memory.
struct Reminder: Hashable, Sendable {
    var title: String
    var due: Timestamp
    /// The key of the memory in the same namespace that it is about.
    var memory: String?
    /// The user who asked for it.
    var user: String?
    var isDone = false
}

extension Reminder: StreamSubject {
    static func applying(_ event: ReminderEvent, to reminder: Reminder?) -> Reminder? {
        if case .set(let new) = event { return new }
        guard var reminder else { return nil }
        switch event {
        case .set, .dropped: return nil
        case .retitled(let title): reminder.title = title
        case .postponed(let due): reminder.due = due
        case .done: reminder.isDone = true
        }
        return reminder
    }

    var fields: JSONObject {
        var object: JSONObject = ["title": .string(title), "due": JSONValue(due.milliseconds)]
        if let memory { object.append("memory", .string(memory)) }
        if let user { object.append("user", .string(user)) }
        if isDone { object.append("is_done", true) }
        return object
    }

    init(fields: JSONObject) throws {
        let data = EventData(fields)
        title = try data.text("title")
        due = try data.time("due")
        memory = try data.optionalText("memory")
        user = try data.optionalText("user")
        isDone = fields["is_done"]?.bool ?? false
    }

    static func events(from old: Reminder?, to new: Reminder?) -> [ReminderEvent] {
        guard let new else { return old == nil ? [] : [.dropped] }
        guard let old else { return [.set(new)] }
        var events: [ReminderEvent] = []
        var reached = old
        // By bytes, because Swift compares texts by what they look like.
        if !new.title.utf8.elementsEqual(old.title.utf8) { events.append(.retitled(new.title)) }
        if new.due != old.due { events.append(.postponed(due: new.due)) }
        if new.isDone { events.append(.done) }
        for event in events { reached = applying(event, to: reached) ?? reached }
        return reached == new ? events : [.set(new)]
    }
}
