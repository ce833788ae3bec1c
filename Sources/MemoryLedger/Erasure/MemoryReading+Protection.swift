import EventLog
import LedgerCapabilities
import LedgerStorage
import Projections

extension MemoryLedger {
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where the namespace is protected and cannot be read.
    func checkReadable(_ namespace: String, _ sqlite: SQLiteConnection) throws {
        let locked = try tables.lockedCategories(sqlite)
        guard !locked.categories.isEmpty, locked.categories.contains(ByteText(MemoryStream.category(namespace))) else {
            return
        }
        throw EventLogError.locked(locked.reason, "Namespace \(namespace) is encrypted")
    }

    /// The namespaces that cannot be read, in their order.
    func lockedNamespaces(_ sqlite: SQLiteConnection) throws -> [String] {
        try tables.lockedCategories(sqlite).categories.map { MemoryStream.namespace(ofCategory: $0.text) }
            .sorted { $0.precedesByBytes($1) }
    }
}

extension MemoryReading {
    /// - Parameter sqlite: the connection that the tables are read on.
    func checkReadable(_ namespace: String, _ sqlite: SQLiteConnection) throws {
        let ledger = source.base.ledger
        // A moment's tables stand in a database of their own, which has no keys.
        guard source.base.moment != nil else { return try ledger.checkReadable(namespace, sqlite) }
        try checkReadable(namespace)
    }

    func checkReadable(_ namespace: String) throws {
        let ledger = source.base.ledger
        try ledger.tables.read { try ledger.checkReadable(namespace, $0) }
    }

    func lockedNamespaces(_ sqlite: SQLiteConnection) throws -> [String] {
        let ledger = source.base.ledger
        guard source.base.moment != nil else { return try ledger.lockedNamespaces(sqlite) }
        return try ledger.tables.read { try ledger.lockedNamespaces($0) }
    }

    /// Why there is no memory under a key: it was erased, or there is none.
    package func reasonForNone(_ memory: MemoryKey) async throws -> any Error {
        let ledger = source.base.ledger
        guard let position = try ledger.encryption?.lastErasure(of: MemoryStream.name(memory)),
            case .subjectErased(let erased)? = try await ledger.log.event(at: position).flatMap({
                try LedgerEvent.decode($0)
            }
            )
        else { return MemoryLedgerError.notFound(memory) }
        var error = EventLogError(
            .erased,
            "Memory \(memory.key) in namespace \(memory.namespace) was erased at position \(position) "
                + "(\(erased.reason)) and cannot be read any more.")
        error.position = position
        error.stream = MemoryStream.name(memory)
        return error
    }
}
