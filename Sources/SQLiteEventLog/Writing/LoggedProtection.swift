import EventLog
import LedgerCapabilities
import LedgerStorage

/// What the log's own events say of encryption and erasure.
enum LoggedProtection {
    /// The category that an event protects, with the slash at its end; nil where it protects none.
    ///
    /// - Throws: `damagedPayload` or `newerEvent` where it says what cannot be read.
    static func category(_ event: RecordedEvent) throws -> String? {
        guard event.type == LedgerEvent.Name.subjectsProtected,
            case .subjectsProtected(let namespace)? = try LedgerEvent.decode(event)
        else { return nil }
        return StreamName.category(ofNamespace: namespace)
    }

    /// The data keys that an event says were destroyed.
    ///
    /// - Throws: `damagedPayload` or `newerEvent` where it says what cannot be read.
    static func destroyedKeys(_ event: RecordedEvent) throws -> [Int64] {
        guard event.type == LedgerEvent.Name.subjectErased,
            case .subjectErased(let erased)? = try LedgerEvent.decode(event)
        else { return [] }
        return erased.subjects.flatMap(\.keys)
    }

    /// The categories that the log protects, and since when, from the stream's last event back.
    static func categories(
        from head: Position, _ rows: EventRows, _ sqlite: SQLiteConnection
    ) throws -> [ByteText: Position] {
        let select = try sqlite.statement("SELECT \(EventRows.columns), previous FROM events WHERE position = ?")
        var found: [ByteText: Position] = [:]
        var next: Position? = head
        while let position = next {
            select.bind(1, position)
            defer { select.reset() }
            guard try select.step() else { throw EventLogError.damagedLog(at: position, "the event is missing") }
            if let category = try category(try rows.event(select)) { found[ByteText(category)] = position }
            next = select.optionalInt64(16)
            guard next ?? 0 < position else {
                throw EventLogError.damagedLog(at: position, "the event before it in its stream comes after it")
            }
        }
        return found
    }

    /// What the ledger's tables do not say as the log does.
    ///
    /// - Parameter said: the categories that the log protects.
    static func differences(
        from said: [ByteText: Position], _ sqlite: SQLiteConnection
    ) throws -> [LogDamage] {
        let stored = try sqlite.hasTable("protected_categories") ? DataKeys.categories(sqlite) : [:]
        var damages: [LogDamage] = []
        for (category, position) in said.sorted(by: { $0.value < $1.value }) where stored[category] != position {
            damages.append(
                LogDamage(
                    .damagedProtection, at: position,
                    "protected_categories does not say that \(category.text) is encrypted since this event"))
        }
        for (category, position) in stored.sorted(by: { $0.value < $1.value }) where said[category] == nil {
            damages.append(
                LogDamage(
                    .damagedProtection,
                    "protected_categories says that \(category.text) is encrypted since position \(position), "
                        + "and no event does"))
        }
        if !said.isEmpty, try DataKeys.masterKeyCheck(sqlite) == nil {
            damages.append(LogDamage(.damagedProtection, "ledger_info has no \(MasterKey.checkName)"))
        }
        return damages
    }
}
