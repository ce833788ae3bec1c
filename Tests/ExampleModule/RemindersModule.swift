import EventLog
import LedgerOperations
import LedgerStorage
import MemoryLedger
import Projections

/// Reminders: titles with due dates, found by their words, each about a memory. All that a ledger has to know of them
/// is here.
struct RemindersModule: LedgerModule {
    typealias Event = ReminderEvent
    private typealias Name = ReminderEvent.Name

    static let family = StreamFamily("reminders")

    let name = "reminders"

    let events: [EventDefinition] = [
        EventDefinition(Name.set, schemaVersion: 2, step: .returns, upcasters: [secondsToMilliseconds]),
        EventDefinition(Name.retitled),
        EventDefinition(Name.postponed),
        EventDefinition(Name.done),
        EventDefinition(Name.dropped, step: .ends),
    ]

    let projectors: [any Projector] = [ReminderProjector()]

    func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo { StreamUndo<Reminder>(in: ledger) }

    func remains(of type: EventType) -> ReminderEvent? {
        switch type {
        case Name.set: .set(.erased)
        case Name.retitled: .retitled(Reminder.erased.title)
        case Name.done: .done
        case Name.dropped: .dropped
        // When it was due is gone, and it keeps the time that it had.
        default: nil
        }
    }

    func counterpart(of event: ReminderEvent, in stream: StreamName) -> StreamName? { nil }

    func standing(of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection) throws -> SubjectStanding {
        let find = try tables.statement("SELECT title FROM reminders WHERE stream = ?")
        find.bind(1, stream.rawValue)
        defer { find.reset() }
        guard try find.step() else { return .gone }
        return find.text(0) == Reminder.erased.title ? .erased : .readable
    }

    func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] {
        guard source.kind == .user else { return [] }
        let find = try tables.statement("SELECT reminder FROM reminder_users WHERE user = ? ORDER BY reminder")
        find.bind(1, source.name)
        defer { find.reset() }
        var positions: [Position] = []
        while try find.step() { positions.append(find.int64(0)) }
        return positions
    }

    func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] { [] }

    func decideImport(
        _ event: ReminderEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .taken }

    func statistics(_ tables: SQLiteConnection) throws -> JSONObject {
        guard let count = try tables.integer("SELECT count(*) FROM reminders"), count > 0 else { return [:] }
        return ["reminders": JSONValue(count)]
    }

    /// Version 1 had the due date in seconds.
    private static let secondsToMilliseconds = Upcaster(Name.set, from: 1) { payload in
        guard let object = try JSONParser.parse(payload).object, let seconds = object["due"]?.number?.int64 else {
            throw EventDataError("it has no due date")
        }
        // What comes from outside may be any number.
        let (due, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !isTooLarge else { throw EventDataError("it is due at no time that there is") }
        return JSONValue.object(
            JSONObject(
                object.members.map {
                    $0.name == "due" ? .init(name: "due", value: JSONValue(due)) : $0
                })
        ).compactBytes
    }
}

extension RemindersModule: OperationModule {
    var operations: [any LedgerOperation.Type] { [SetReminder.self, FinishReminder.self, FindReminders.self] }
}

extension Reminder {
    /// What the past shows of one that was erased.
    static let erased = Reminder(title: "[erased]", due: Timestamp(milliseconds: 0))
}
