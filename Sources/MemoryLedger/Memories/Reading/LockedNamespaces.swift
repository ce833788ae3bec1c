import EventLog
import LedgerCapabilities
package import LedgerStorage
import Projections

/// The protected namespaces that cannot be read here, for want of the master key.
struct LockedNamespaces {
    let tables: any ProjectionDatabase

    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where the namespace is protected and cannot be read.
    func check(_ namespace: String, _ sqlite: SQLiteConnection) throws {
        guard let reason = try reason(namespace, sqlite) else { return }
        throw EventLogError.locked(reason, "Namespace \(namespace) is encrypted")
    }

    /// Why the namespace cannot be read; nil if it can.
    func reason(_ namespace: String, _ sqlite: SQLiteConnection) throws -> EventProtection.LockReason? {
        let locked = try tables.lockedCategories(sqlite)
        guard !locked.categories.isEmpty, locked.categories.contains(ByteText(MemoryStream.category(namespace))) else {
            return nil
        }
        return locked.reason
    }

    /// Their names, in order.
    func names(_ sqlite: SQLiteConnection) throws -> [String] {
        try tables.lockedCategories(sqlite).categories.map { MemoryStream.namespace(ofCategory: $0.text) }
            .sorted { $0.precedesByBytes($1) }
    }
}

extension LedgerParts {
    var locked: LockedNamespaces { LockedNamespaces(tables: tables) }
}

extension MemoryReading {
    /// - Parameter sqlite: the connection that the tables are read on.
    func checkReadable(_ namespace: String, _ sqlite: SQLiteConnection) throws {
        // A moment's tables stand in a database of their own, which has no keys.
        guard source.moment != nil else { return try source.parts.locked.check(namespace, sqlite) }
        try checkReadable(namespace)
    }

    func checkReadable(_ namespace: String) throws {
        let parts = source.parts
        try parts.tables.read { try parts.locked.check(namespace, $0) }
    }

    /// Those that cannot be read here, in order.
    package func lockedNamespaces(_ sqlite: SQLiteConnection) throws -> [String] {
        let parts = source.parts
        guard source.moment != nil else { return try parts.locked.names(sqlite) }
        return try parts.tables.read { try parts.locked.names($0) }
    }
}
