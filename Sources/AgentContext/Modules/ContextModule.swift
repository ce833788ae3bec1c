import EventLog
import LedgerStorage
import MemoryLedger
import Projections

/// A module of this library: a stream for each subject, whose state is a fold of it, so that undo, erasure and import
/// need no more than is here. The tables of all are built by one projector, which `SessionsModule` has.
protocol ContextModule: LedgerModule {
    associatedtype Subject: StreamSubject where Subject.Event == Event

    static var family: StreamFamily { get }
    /// Finds the row of a subject by namespace and id.
    static var finding: String { get }
}

extension ContextModule {
    public var name: String { Self.family.module }
    public var projectors: [any Projector] { [] }

    public func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo {
        StreamUndo<Subject>(in: ledger)
    }

    public func counterpart(of event: Event, in stream: StreamName) -> StreamName? { nil }

    public func standing(
        of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection
    ) throws -> SubjectStanding {
        guard let subject = Self.family.subject(stream) else { return .gone }
        let find = try tables.statement(Self.finding)
        find.bind(1, subject.namespace)
        find.bind(2, subject.key)
        defer { find.reset() }
        guard try find.step() else { return .gone }
        return find.text(0) == CountedText.erased.text ? .erased : .readable
    }

    public func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] { [] }
    public func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] { [] }

    public func decideImport(
        _ event: Event, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .taken }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject { [:] }

    /// The counts that are not 0.
    func counts(_ tables: SQLiteConnection, _ counted: KeyValuePairs<String, String>) throws -> JSONObject {
        var object = JSONObject()
        for (name, rows) in counted {
            guard let count = try tables.integer("SELECT count(*) FROM \(rows)"), count > 0 else { continue }
            object.append(name, JSONValue(count))
        }
        return object
    }
}
