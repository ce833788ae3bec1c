public import EventLog

/// What holds for every event of one type.
///
///     let events = [
///         EventDefinition(TaskEvent.Name.added, step: .returns),
///         EventDefinition(TaskEvent.Name.done),
///         EventDefinition(TaskEvent.Name.dropped, step: .ends),
///     ]
public struct EventDefinition: Sendable {
    /// What an event does to what a ledger shows.
    public enum Role: Hashable, Sendable {
        case change
        /// A read that counts: `undo` leaves it out, `log --reads` shows it.
        case countedRead
        /// It says what was read and changes nothing: `log` shows it only if it is asked for.
        case record
    }

    /// What becomes of the subject that a stream is of. With `arrives`, `leaves` and `ends` the next one in the stream
    /// begins, so that each can be erased without the others.
    public enum Step: Hashable, Sendable {
        case goesOn
        /// It came from another stream, which `LedgerModule.counterpart` names.
        case arrives
        /// It goes to another stream, which `LedgerModule.counterpart` names.
        case leaves
        case ends
        /// It goes on, or is back if it has ended.
        case returns
    }

    /// Whether the module takes events of the type back.
    public enum Undoing: Hashable, Sendable {
        /// By `LedgerModule.makeUndo`.
        case possible
        /// Another event stands for it: `ModuleUndo.standIn`.
        case byAnother
        /// It has no effect that could be taken back.
        case withoutEffect
        /// Never, and why or what to do instead: "`release` brings back what it holds".
        case never(String)
    }

    /// Whether an event of an export is taken.
    public enum Importing: Hashable, Sendable {
        case taken
        /// It was decided by the ledger that it comes from, and has no force elsewhere. A ledger that does not know the
        /// module takes it, as any event of an unknown type in a module's streams.
        case leftOut
        /// `LedgerModule.decideImport` says.
        case decided
    }

    public let type: EventType
    /// The schema version that is written, and the newest that is read.
    public var schemaVersion: Int
    public var role: Role
    public var step: Step
    public var undoing: Undoing
    public var importing: Importing
    /// It holds nothing but names of streams, which are in plain anyway: it is not encrypted.
    public var holdsOnlyNames: Bool
    /// Whether an export has events of the type. If not, they are of no use outside this ledger.
    public var isExported: Bool
    /// From each older schema version to the next.
    public var upcasters: [Upcaster]

    public init(
        _ type: EventType, schemaVersion: Int = 1, role: Role = .change, step: Step = .goesOn,
        undoing: Undoing = .possible, importing: Importing = .taken, holdsOnlyNames: Bool = false,
        isExported: Bool = true, upcasters: [Upcaster] = []
    ) {
        self.type = type
        self.schemaVersion = schemaVersion
        self.role = role
        self.step = step
        self.undoing = undoing
        self.importing = importing
        self.holdsOnlyNames = holdsOnlyNames
        self.isExported = isExported
        self.upcasters = upcasters
    }

    /// Why the definition cannot be used; completes "The type X of module Y …".
    var problem: String? {
        if schemaVersion < 1 { return "has schema version \(schemaVersion); begin with 1" }
        if let other = upcasters.first(where: { $0.type != type }) { return "has an upcaster of \(other.type)" }
        guard upcasters.map(\.fromVersion).sorted() == Array(1..<schemaVersion) else {
            return "needs one upcaster from each version below \(schemaVersion)"
        }
        return nil
    }
}
