import EventLog
import LedgerStorage
import Projections

/// Tells of single memories as they are now, without waiting for anything. As plain functions of what it has: to be
/// able to wait, and to be generic, costs a short read a fifth.
struct PresentReader {
    let source: MemorySource

    /// What exactly a key holds, with the reads that wait to be counted.
    ///
    /// - Parameter first: given what is demanded, in the same snapshot.
    /// - Throws: what `MemoryReading.get` does.
    func read(
        _ memory: MemoryKey, into found: inout Memory?, first: (LedgerPolicy) throws -> Void
    ) throws -> ReadAttempt {
        let (parts, now, showsQuarantined) = (source.parts, source.now, source.showsQuarantined)
        return try parts.counter.attempt { withPosition in
            try parts.readServing(withPosition) { sqlite in
                try MemoryRows.findServing(memory, into: &found, now: now, showsQuarantined, sqlite) {
                    try first($0)
                    try parts.locked.check(memory.namespace, sqlite)
                }
            }
        } add: { counts in
            if found != nil, let added = counts(memory) { found?.meta.add(added) }
        }
    }
}

extension LedgerParts {
    /// Runs a body that keeps one statement open until it is through, which is a snapshot.
    ///
    /// - Returns: the position at which the tables stand, if it is asked for.
    func readServing(_ withPosition: Bool, _ body: (SQLiteConnection) throws -> Void) throws -> Position? {
        if !withPosition {
            try tables.read(body)
            return nil
        }
        return try tables.readSnapshot { sqlite in
            try body(sqlite)
            return try store.furthestPosition(sqlite)
        }
    }
}
