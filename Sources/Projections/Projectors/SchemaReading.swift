import Synchronization

/// What a schema consists of, read once, when it is first asked for: many commands ask for nothing of it.
final class SchemaReading: Sendable {
    struct Parts: Sendable {
        var tables: [SchemaTable] = []
        var indexes: [SchemaIndex] = []
        var generatedColumns: [String] = []
        /// Why the schema cannot be used, as a clause.
        var problem: String?
    }

    private let read: @Sendable () -> Parts
    private let known = Mutex<Parts?>(nil)

    init(_ read: @escaping @Sendable () -> Parts) { self.read = read }

    var parts: Parts {
        known.withLock { known in
            if let known { return known }
            let parts = read()
            known = parts
            return parts
        }
    }
}
