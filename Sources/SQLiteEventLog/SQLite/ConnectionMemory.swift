import LedgerStorage

/// What reads of the log have learnt on one connection.
final class ConnectionMemory {
    let eventNames = EventNames()
    /// What was found to be locked, and when that is still true.
    var lockedCategories: (ground: KeyGround, categories: LockedCategories)?
}

extension SQLiteConnection {
    var memory: ConnectionMemory {
        if let known = remembered as? ConnectionMemory { return known }
        let made = ConnectionMemory()
        remembered = made
        return made
    }
}
