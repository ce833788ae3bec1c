import EventLog
import LedgerStorage
import MemoryLedger

/// Sessions are protected in every namespace, from its first user on.
///
/// Invariant: once the setting says so, no user is made in a namespace that is not encrypted. Who makes one appends the
/// protection before it, in the same append; or, if the setting does not say so, on condition that it stands as it was
/// read. So it holds whichever process does what first.
enum SessionProtection {
    static let setting = ConfigurationModule.stream(.protectsSessions)

    /// What a command names besides that makes users.
    static let streams = [setting, NamespaceProtection.stream]

    static func isDemanded(_ tables: SQLiteConnection) throws -> Bool {
        try Configuration.value(of: .protectsSessions, tables) == 1
    }

    /// What comes before a user's events in an append.
    ///
    /// - Throws: `EventLogError.unsupported`; `MemoryLimitError`.
    static func changes(
        in namespace: String, _ ledger: MemoryLedger, _ tables: SQLiteConnection
    ) throws -> [StreamChange] {
        guard try isDemanded(tables) else { return [StreamChange(setting)] }
        return try ledger.protection(of: namespace).map { [$0] } ?? []
    }
}
