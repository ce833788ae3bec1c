import EventLog
import LedgerStorage

/// What becomes of a memory in a layout of the old program.
enum LegacyOutcome {
    /// It is in the file. What would differ if the file were migrated.
    case written(differences: [LegacyCheckoutReport.Field])
    case leftOut(reason: String)
}

/// Writes memories in a layout of the old program.
protocol LegacyLayoutWriter: AnyObject {
    /// How often `write` goes through the memories.
    var passes: Int { get }
    /// Links in the file.
    var links: Int { get }

    /// Writes all memories.
    ///
    /// - Parameters:
    ///   - namespaces: Of the memories, in the order of their bytes.
    ///   - tables: What the memories are read from.
    ///   - advance: Called for each memory in each pass; what it throws ends the work.
    ///   - report: Called once for each memory.
    func write(
        _ namespaces: [String], from tables: SQLiteConnection, advance: () throws -> Void,
        report: (StandingMemory, LegacyOutcome) throws -> Void
    ) throws

    /// Completes the file and closes it.
    ///
    /// - Parameters:
    ///   - position: Of the moment that it shows.
    ///   - event: The id of the event there; nil if the ledger is empty.
    func finish(at position: Position, _ event: EventID?) throws
}

extension LegacyLayoutWriter {
    /// Why a memory whose row another one has is left out.
    func taken(_ rowKey: String) -> LegacyOutcome {
        .leftOut(
            reason: "In this layout it is the row \(rowKey), which another memory has; rename it, and check out again.")
    }

    /// The longest namespaces first, as a migration understands keys with several colons in them.
    func longestFirst(_ namespaces: [String]) -> [String] {
        namespaces.enumerated().sorted { ($1.element.utf8.count, $0.offset) < ($0.element.utf8.count, $1.offset) }
            .map(\.element)
    }
}
