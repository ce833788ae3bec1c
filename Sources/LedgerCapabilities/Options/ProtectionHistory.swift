package import EventLog
import LedgerStorage

/// How events say what is protected and what was erased: the log knows no types of its own.
package struct ProtectionHistory: Sendable {
    package var protections: StreamName
    package var erasures: StreamName
    /// The category that an event protects, with the slash at its end; nil where it protects none.
    package var category: @Sendable (RecordedEvent) throws -> String?
    /// The data keys that an event says were destroyed.
    package var destroyedKeys: @Sendable (RecordedEvent) throws -> [Int64]

    package init(
        protections: StreamName, erasures: StreamName,
        category: @escaping @Sendable (RecordedEvent) throws -> String?,
        destroyedKeys: @escaping @Sendable (RecordedEvent) throws -> [Int64]
    ) {
        self.protections = protections
        self.erasures = erasures
        self.category = category
        self.destroyedKeys = destroyedKeys
    }
}
