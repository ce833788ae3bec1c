import EventLog
import LedgerOperations
import LedgerStorage
import MemoryLedger
import Projections

// The module that the libraries' documentation speaks of: tasks, each with a title, that are open or done.

enum TaskEvent: ModuleEvent {
    case added(title: String)
    case done
    case dropped

    enum Name {
        static let added: EventType = "TaskAdded"
        static let done: EventType = "TaskDone"
        static let dropped: EventType = "TaskDropped"
    }

    var type: EventType {
        switch self {
        case .added: Name.added
        case .done: Name.done
        case .dropped: Name.dropped
        }
    }

    var json: JSONValue {
        if case .added(let title) = self { return ["title": .string(title)] }
        return [:]
    }

    func payload() throws -> [UInt8] { json.compactBytes }

    static func read(_ type: EventType, _ payload: [UInt8]) throws -> TaskEvent? {
        guard let object = try JSONParser.parse(payload).object else { throw EventDataError("it is no JSON object") }
        return try read(type, EventData(object))
    }

    static func read(_ type: EventType, _ data: EventData) throws -> TaskEvent? {
        switch type {
        case Name.added: return .added(title: try data.text("title"))
        case Name.done: return .done
        case Name.dropped: return .dropped
        default: return nil
        }
    }

    var words: String {
        if case .added(let title) = self { return title }
        return ""
    }
}

struct TaskState: StreamSubject {
    var title: String
    var isDone = false

    static func applying(_ event: TaskEvent, to task: TaskState?) -> TaskState? {
        switch event {
        case .added(let title): return TaskState(title: title)
        case .done: return task.map { TaskState(title: $0.title, isDone: true) }
        case .dropped: return nil
        }
    }

    var fields: JSONObject { ["title": .string(title), "is_done": .bool(isDone)] }

    static func events(from old: TaskState?, to new: TaskState?) -> [TaskEvent] {
        guard let new else { return [.dropped] }
        return [.added(title: new.title)] + (new.isDone ? [.done] : [])
    }
}

extension TaskState {
    init(fields: JSONObject) throws {
        title = try EventData(fields).text("title")
        isDone = fields["is_done"]?.bool ?? false
    }
}

enum TaskError: Error {
    case done
}

/// Queries of the module's table.
enum Tasks {
    static func isOpen(_ id: String, _ tables: SQLiteConnection) throws -> Bool {
        let find = try tables.statement("SELECT is_done FROM tasks WHERE stream = ?")
        find.bind(1, TasksModule.family.stream("work", id).rawValue)
        defer { find.reset() }
        return try find.step() && find.int(0) == 0
    }
}

struct TaskProjector: Projector {
    let name = "tasks"
    let version = 1
    let eventTypes: Set<EventType>? = [TaskEvent.Name.added, TaskEvent.Name.done, TaskEvent.Name.dropped]
    let schema = ProjectionSchema(
        script: """
            CREATE TABLE tasks (                -- one row a task
                stream TEXT PRIMARY KEY,
                title TEXT NOT NULL,
                is_done INTEGER NOT NULL
            ) WITHOUT ROWID;
            """)

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        TaskWriter(sqlite)
    }
}

final class TaskWriter: ProjectionWriter {
    private let sqlite: SQLiteConnection

    init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

    func apply(_ event: RecordedEvent) throws {
        switch try TasksModule().body(of: event) {
        case .added(let title)?:
            let insert = try sqlite.statement("INSERT OR REPLACE INTO tasks VALUES (?, ?, 0)")
            insert.bind(1, event.stream.rawValue)
            insert.bind(2, title)
            try insert.run()
        case .done?:
            let update = try sqlite.statement("UPDATE tasks SET is_done = 1 WHERE stream = ?")
            update.bind(1, event.stream.rawValue)
            try update.run()
        case .dropped?:
            let delete = try sqlite.statement("DELETE FROM tasks WHERE stream = ?")
            delete.bind(1, event.stream.rawValue)
            try delete.run()
        case nil: break
        }
    }

    func flush() {}
    func forget() {}
}

struct TasksModule: LedgerModule {
    typealias Event = TaskEvent

    static let family = StreamFamily("tasks")

    let name = "tasks"

    let events = [
        EventDefinition(TaskEvent.Name.added, step: .returns),
        EventDefinition(TaskEvent.Name.done),
        EventDefinition(TaskEvent.Name.dropped, step: .ends),
    ]

    let projectors: [any Projector] = [TaskProjector()]

    func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo {
        StreamUndo<TaskState>(in: ledger)
    }

    func remains(of type: EventType) -> TaskEvent? {
        type == TaskEvent.Name.added ? .added(title: "[erased]") : nil
    }

    func counterpart(of event: TaskEvent, in stream: StreamName) -> StreamName? { nil }

    func standing(of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection) throws -> SubjectStanding {
        let find = try tables.statement("SELECT 1 FROM tasks WHERE stream = ?")
        find.bind(1, stream.rawValue)
        defer { find.reset() }
        return try find.step() ? .readable : .gone
    }

    func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] { [] }
    func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] { [] }

    func decideImport(
        _ event: TaskEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .taken }

    func statistics(_ tables: SQLiteConnection) throws -> JSONObject { [:] }
}

extension TasksModule: OperationModule {
    var operations: [any LedgerOperation.Type] { [FinishTask.self] }
}

struct FinishTask: LedgerOperation {
    struct Result: OperationResult {
        func document() throws -> JSONValue { [:] }
    }

    var id: String

    static let id = Parameter("id", .string, "The task's id.")

    static let name = "task.finish"
    static let summary = "Say that a task is done."
    static let parameters: [any OperationParameter] = [id]
    static let access = OperationAccess.writes
    static let scope = OperationScope.ledger
    static let errors: [OperationErrorCode] = []

    var namespaces: [String]? { ["work"] }

    init(_ arguments: OperationArguments) throws { id = try arguments[Self.id] }

    func run(in request: OperationRequest) async throws -> Result {
        try await finish(id, in: request.ledger, by: request.attribution)
        return Result()
    }
}

func finish(_ id: String, in ledger: MemoryLedger, by me: Attribution) async throws {
    let stream = StreamFamily("tasks").stream("work", id)
    try await ledger.commit(to: stream, by: me) { tables in
        guard try Tasks.isOpen(id, tables) else { throw TaskError.done }
        return [TaskEvent.done]
    }
}
