import EventLog
import LedgerStorage
import MemoryLedger
import Projections

/// What every turn of a conversation reads: the session, and what is in its context.
struct Turn: Sendable {
    var state: SessionState
    /// Nil: only the session was read.
    var rows: ContextRows?
    /// Where the streams of the session and of erasures stood; nil: the log was not asked.
    var versions: Versions?
    /// The tables said so at this one.
    var position: Position
    /// Of the cache when it was read.
    var epoch: UInt64 = 0

    struct Versions: Hashable, Sendable {
        var session: StreamVersion
        var erasures: StreamVersion
    }

    var stream: StreamName { SessionsModule.family.stream(state.namespace, state.id) }

    /// In memory, about.
    var bytes: Int { Self.ownBytes + (rows?.bytes ?? 0) }

    private static let ownBytes = 1_024

    /// With one message more.
    mutating func append(_ message: SessionMessage, at time: Timestamp) {
        state.messages += 1
        state.tokens.queue += message.tokens ?? 0
        state.updatedAt = time
        versions?.session += 1
        // What cannot be read back is read from the tables.
        do { try rows?.append(message, number: state.messages) } catch { rows = nil }
    }
}

extension MemoryReading {
    /// What the tables say of a session, from memory if it was read before and nothing has changed it.
    ///
    /// - Parameters:
    ///   - withRows: also what is in its context.
    ///   - isRead: it is read, whatever is in memory.
    /// - Throws: `AgentContextError.noSession`.
    func turn(
        of session: MemoryKey, withRows: Bool, isRead: Bool = false, _ tables: SQLiteConnection
    ) throws -> Turn {
        guard let cache = source.turns else {
            let state = try SessionRows.get(session, tables)
            let rows = withRows ? try ContextRows.read(session.key, tables) : nil
            return Turn(state: state, rows: rows, position: try position(of: tables))
        }
        let stamp = try source.stamp(tables)
        let found = cache.find(session, in: stamp, needsRows: withRows)
        if !isRead, found.isWhole, var turn = found.turn {
            turn.position = stamp.position
            return turn
        }
        var turn = Turn(
            state: try SessionRows.get(session, tables), position: stamp.position, epoch: found.epoch)
        if withRows { turn.rows = try ContextRows.read(session.key, queued: found.turn?.rows, tables) }
        cache.keep(turn)
        return turn
    }
}

extension MemorySource {
    var turns: TurnCache? { cache(of: SessionsModule.family.module) as? TurnCache }
}
