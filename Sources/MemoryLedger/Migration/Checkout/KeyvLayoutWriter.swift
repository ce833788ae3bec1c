import EventLog
import Foundation
import LedgerStorage

/// Layout 1: a table `keyv`, all of a memory in one JSON text.
final class KeyvLayoutWriter: LegacyLayoutWriter {
    private let database: LegacyOutputDatabase
    private let mapping: LegacyMapping
    private(set) var links = 0
    let passes = 1

    private static let tables = "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);"

    /// - Parameter namespaces: Those that will be named when the file is migrated.
    init(path: String, rights: FileRights, namespaces: [String]) throws {
        database = try LegacyOutputDatabase(path: path, rights: rights, tables: Self.tables + CheckoutMark.tables)
        mapping = LegacyMapping(namespaces: namespaces)
    }

    /// A key that has its namespace in front gives way to the one that has not: Keyv takes both for the latter.
    func write(
        _ namespaces: [String], from tables: SQLiteConnection, advance: () throws -> Void,
        report: (StandingMemory, LegacyOutcome) throws -> Void
    ) throws {
        for part in [StandingMemories.Part.plain, .prefixed] {
            for namespace in longestFirst(namespaces) {
                try StandingMemories(namespace: namespace, part: part).forEach(in: tables) { standing in
                    try report(standing, try add(standing))
                    try advance()
                }
            }
        }
    }

    private func add(_ standing: StandingMemory) throws -> LegacyOutcome {
        let memory = standing.memory
        let rowKey = LegacyLayout.keyv.rowKey(of: memory.id)
        var row = LegacyRow(format: .keyv, table: LegacyLayout.keyv.table, key: .text(Array(rowKey.utf8)))
        // The id in the statistics is the key as it is read again.
        let key = mapping.identify(row)?.key ?? memory.key
        let value = KeyvEntry(memory: memory, expiresAt: standing.expiresAt, key: key).bytes
        let insert = try database.sqlite.statement("INSERT INTO keyv VALUES (?, ?) ON CONFLICT (key) DO NOTHING")
        insert.bind(1, rowKey)
        insert.bind(2, text: value)
        try insert.run()
        guard database.sqlite.changes > 0 else { return taken(rowKey) }
        links += memory.content.links.count
        row.value = .text(value)
        try CheckoutMark.note(row, of: standing, in: database.sqlite)
        let comparison = LegacyCheckoutComparison(standing, layout: .keyv)
        return .written(differences: comparison.differences(from: mapping.interpret(row)))
    }

    func finish(at position: Position, _ event: EventID?) throws {
        if let event { try CheckoutMark.sign(.keyv, position, event, in: database.sqlite) }
        try database.finish(usesWAL: false)
    }
}
