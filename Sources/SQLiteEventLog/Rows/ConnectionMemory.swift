import LedgerStorage

/// What reads of the log have learnt on one connection.
package final class ConnectionMemory {
    package let eventNames = EventNames()
    /// What was found to be locked, and when that is still true.
    var lockedCategories: (ground: KeyGround, categories: LockedCategories)?
}

extension SQLiteConnection {
    package var memory: ConnectionMemory {
        if let known = remembered as? ConnectionMemory { return known }
        let made = ConnectionMemory()
        remembered = made
        return made
    }
}
