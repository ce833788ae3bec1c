import EventLog
import LedgerStorage
import Projections

/// Tells of single memories as they are now, without waiting for anything. As plain functions of what it has, because
/// to wait, and to be generic, costs a short read a fifth.
struct PresentReader {
    let source: MemorySource

    /// What exactly a key holds, with the reads that wait to be counted.
    ///
    /// - Parameter first: given what is demanded, in the same snapshot.
    /// - Throws: what `MemoryReading.get` does.
    func memory(_ memory: MemoryKey, first: (LedgerPolicy) throws -> Void) throws -> ReadAttempt<Memory?> {
        let (parts, now, showsQuarantined) = (source.parts, source.now, source.showsQuarantined)
        return try parts.counter.attempt { withPosition in
            var found: Memory?
            let position = try parts.readServing(withPosition) { sqlite in
                found = try MemoryRows.findServing(memory, now: now, showsQuarantined: showsQuarantined, sqlite) {
                    try first($0)
                    try parts.locked.check(memory.namespace, sqlite)
                }
            }
            return (found, position)
        } add: { found, counts in
            if found != nil, let added = counts(memory) { added.apply(to: &found!.meta) }
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
