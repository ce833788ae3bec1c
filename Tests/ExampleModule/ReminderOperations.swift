import EventLog
import LedgerOperations
import LedgerStorage
import MemoryLedger

extension MemoryLedger {
    /// Sets a reminder under an id that has none.
    func remind(
        _ id: String, of reminder: Reminder, in namespace: String, by attribution: Attribution = Attribution()
    ) async throws {
        let stream = RemindersModule.family.stream(namespace, id)
        try await commit(to: stream, by: attribution) { tables in
            guard try !Reminders.exists(stream, tables) else {
                throw MemoryLedgerError(.alreadyExists, "There is a reminder \(id); give another id.")
            }
            return [ReminderEvent.set(reminder)]
        }
    }

    /// Changes a reminder that is there.
    func change(
        _ id: String, in namespace: String, _ event: ReminderEvent, by attribution: Attribution = Attribution()
    ) async throws {
        let stream = RemindersModule.family.stream(namespace, id)
        try await commit(to: stream, by: attribution) { tables in
            guard try Reminders.exists(stream, tables) else {
                throw MemoryLedgerError(.notFound, "There is no reminder \(id); find it by its words.")
            }
            return [event]
        }
    }
}

/// Queries of the tables, which a ledger and its moments have alike.
enum Reminders {
    static func exists(_ stream: StreamName, _ tables: SQLiteConnection) throws -> Bool {
        let find = try tables.statement("SELECT 1 FROM reminders WHERE stream = ?")
        find.bind(1, stream.rawValue)
        defer { find.reset() }
        return try find.step()
    }

    /// The titles that have all of the words, the first to be due first.
    static func titles(with words: String, in namespace: String, _ tables: SQLiteConnection) throws -> [String] {
        let find = try tables.statement(
            """
            SELECT r.title FROM reminder_titles JOIN reminders r ON r.id = reminder_titles.rowid
            WHERE reminder_titles MATCH ? AND r.namespace = ? AND NOT r.is_done ORDER BY r.due, r.id
            """)
        // Each word in quotes, so that nothing of it is FTS5's own syntax.
        let quoted = words.split(separator: " ").map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }
        guard !quoted.isEmpty else { return [] }
        find.bind(1, quoted.joined(separator: " "))
        find.bind(2, namespace)
        defer { find.reset() }
        var titles: [String] = []
        while try find.step() { titles.append(find.text(0)) }
        return titles
    }
}

private enum Parameters {
    static let namespace = Parameter("namespace", .string, default: "mem", "The namespace.")
    static let id = Parameter("id", .string, "The reminder's id.")
    static let title = Parameter("title", .string, "What to be reminded of.")
    static let due = Parameter("due", .integer(0...Int64.max), "When, in milliseconds since 1970.")
    static let memory = Parameter("memory", optional: .string, "The key of the memory that it is about.")
    static let words = Parameter("words", .string, "Words of the title.")
}

/// Sets a reminder.
struct SetReminder: LedgerOperation {
    var id: String
    var namespace: String
    var reminder: Reminder

    static let name = "reminder.set"
    static let summary = "Set a reminder."
    static let parameters: [any OperationParameter] = [
        Parameters.namespace, Parameters.id, Parameters.title, Parameters.due, Parameters.memory,
    ]
    static let access = OperationAccess.writes
    static let scope = OperationScope.namespace
    static let errors: [OperationErrorCode] = [.memory(.alreadyExists)]

    var namespaces: [String]? { [namespace] }

    init(_ arguments: OperationArguments) throws {
        id = try arguments[Parameters.id]
        namespace = try arguments[Parameters.namespace]
        reminder = Reminder(
            title: try arguments[Parameters.title],
            due: Timestamp(milliseconds: try arguments[Parameters.due]),
            memory: try arguments[Parameters.memory])
    }

    func run(in request: OperationRequest) async throws -> ReminderDocument {
        try await request.ledger.remind(id, of: reminder, in: namespace, by: request.attribution)
        return ReminderDocument(json: ["id": .string(id)])
    }
}

/// Says that a reminder is done.
struct FinishReminder: LedgerOperation {
    var id: String
    var namespace: String

    static let name = "reminder.finish"
    static let summary = "Say that a reminder is done."
    static let parameters: [any OperationParameter] = [Parameters.namespace, Parameters.id]
    static let access = OperationAccess.writes
    static let scope = OperationScope.namespace
    static let errors: [OperationErrorCode] = [.memory(.notFound)]

    var namespaces: [String]? { [namespace] }

    init(_ arguments: OperationArguments) throws {
        id = try arguments[Parameters.id]
        namespace = try arguments[Parameters.namespace]
    }

    func run(in request: OperationRequest) async throws -> ReminderDocument {
        try await request.ledger.change(id, in: namespace, .done, by: request.attribution)
        return ReminderDocument(json: ["id": .string(id), "is_done": true])
    }
}

/// Finds reminders by words of their titles.
struct FindReminders: LedgerOperation {
    var words: String
    var namespace: String

    static let name = "reminder.find"
    static let summary = "Find reminders that are not done by words of their titles."
    static let parameters: [any OperationParameter] = [Parameters.namespace, Parameters.words]
    static let access = OperationAccess.reads
    static let scope = OperationScope.namespace
    static let errors: [OperationErrorCode] = []

    var namespaces: [String]? { [namespace] }

    init(_ arguments: OperationArguments) throws {
        words = try arguments[Parameters.words]
        namespace = try arguments[Parameters.namespace]
    }

    func run(in request: OperationRequest) async throws -> ReminderDocument {
        let titles = try await request.ledger.readTables { try Reminders.titles(with: words, in: namespace, $0) }
        return ReminderDocument(json: ["titles": .array(titles.map { .string($0) })])
    }
}

struct ReminderDocument: OperationResult {
    var json: JSONValue
    func document() -> JSONValue { json }
}
