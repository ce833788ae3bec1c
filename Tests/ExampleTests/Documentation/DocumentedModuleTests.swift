import EventLog
import LedgerOperations
import LedgerStorage
import MemoryLedger
import MemoryLedgerTesting
import Projections
import Testing

/// Goal: what the documentation shows of modules and projectors holds. Method: it is run.
@Suite struct DocumentedModuleTests {
    let me = Attribution(actor: "me")
    let tasks = StreamFamily("tasks")

    private func ledgerWithTask() async throws -> MemoryLedger {
        var options = MemoryLedgerOptions()
        options.modules = [TasksModule()]
        let ledger = try await MemoryLedger.inMemory(options: options)
        try await ledger.commit(to: tasks.stream("work", "t-7"), by: me) { _ in [TaskEvent.added(title: "Buy tea")] }
        return ledger
    }

    @Test func aTaskIsFinishedOnce() async throws {
        let ledger = try await ledgerWithTask()
        try await finish("t-7", in: ledger, by: me)
        await #expect(throws: TaskError.done) { try await finish("t-7", in: ledger, by: me) }
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "me")))
        #expect(plan.otherChanges.count == 1)
        await ledger.close()
    }

    @Test func eventsAreRead() async throws {
        let ledger = try await ledgerWithTask()
        let page = try await ledger.log.read(EventQuery())
        for event in page.events {
            print(event.position, event.type, try ledger.events.words(of: event))
        }
        for event in page.events {
            if let task = try ledger.events.body(of: event) as? TaskEvent { print(task.words) }
        }
        #expect(try page.events.map { try ledger.events.words(of: $0) } == ["Buy tea"])
        await ledger.close()
    }

    @Test func streamsAreNamed() throws {
        let tasks = StreamFamily("tasks")
        let stream = tasks.stream("work", "t-7")  // $tasks:work/t-7
        #expect(stream.rawValue == "$tasks:work/t-7")
        let people = StreamName(family: "tasks", namespace: "people", id: "7")  // $tasks:people/7
        #expect(people.rawValue == "$tasks:people/7")
    }

    @Test func aScenarioOfAModule() async throws {
        let done = ScenarioEvent(StreamFamily("tasks").stream("work", "t-7"), TaskEvent.done)
        #expect(done.stream == tasks.stream("work", "t-7"))
    }

    @Test func anOperationIsAdded() async throws {
        let ledger = try await ledgerWithTask()
        let catalogue = try OperationCatalogue(of: ledger)
        _ = try await catalogue.call("task.finish", ["id": "t-7"], in: OperationRequest(ledger, by: me))
        await #expect(throws: TaskError.done) { try await finish("t-7", in: ledger, by: me) }
        await ledger.close()
    }

    @Test func aSchemaMayHoldAnyTable() async throws {
        let schema = ProjectionSchema(
            script: """
                CREATE TABLE tasks (                -- one row a task
                    id INTEGER PRIMARY KEY,
                    title TEXT NOT NULL,
                    due_day TEXT NOT NULL,
                    due_year TEXT GENERATED ALWAYS AS (substr(due_day, 1, 4)) VIRTUAL
                );
                CREATE INDEX idx_tasks_due_day ON tasks (due_day);
                CREATE VIRTUAL TABLE task_search USING fts5 (title, content = 'tasks', content_rowid = 'id');
                """,
            digestedBy: ["task_search": "SELECT id, title FROM tasks"])
        let search = ProjectionDefinition(name: "task_search", version: 2, schema: schema)
        #expect(search.version == 2)
        var options = MemoryLedgerOptions()
        options.projectors = [Scheduler(schema: schema)]
        let ledger = try await MemoryLedger.inMemory(options: options)
        #expect(try await ledger.digest().tables["task_search"] != nil)
        await ledger.close()
    }

    @Test func scenariosAreTold() async throws {
        let (tea, greenTea) = (MemoryKey(key: "tea"), MemoryKey(key: "green-tea"))
        try await Scenario()
            .given(.memoryAdded(tea, MemoryContent(summary: "Likes tea")))
            .when { ledger in try await ledger.rename(tea, to: "green-tea") }
            .thenEvents(.memoryRenamed(tea, to: "green-tea"), .memoryNameTaken(greenTea, from: "tea"))
        try await Scenario(projectors: [ActorTally()])
            .given(.memoryAdded(tea, MemoryContent(domain: "drinks")).by("ann"))
            .thenRows(of: "actor_tally", [["actor": "ann", "changes": 1]])
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(tea, MemoryContent(), by: me)
        try await ProjectorCheck([ActorTally()]).expectIdempotent(over: ledger.recordedEvents())
        await ledger.close()
    }

    @Test func tablesAreRead() async throws {
        var options = MemoryLedgerOptions()
        options.projectors = [ActorTally()]
        let ledger = try await MemoryLedger.inMemory(options: options)
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"), by: me)
        let changes = try await ledger.readTables { try $0.integer("SELECT sum(changes) FROM actor_tally") }
        #expect(changes == 1)
        let own = try await ledger.readTables { sqlite in
            let find = try sqlite.statement("SELECT changes FROM actor_tally WHERE actor = ?")
            find.bind(1, "me")
            defer { find.reset() }
            let changes = try find.step() ? find.int(0) : 0
            return changes
        }
        #expect(own == 1)
        await ledger.close()
    }

    /// A schema is what is tried here, so nothing is written into its tables.
    private struct Scheduler: Projector {
        let name = "scheduler"
        let version = 1
        let schema: ProjectionSchema
        let eventTypes: Set<EventType>? = []

        func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
            TaskWriter(sqlite)
        }
    }
}
