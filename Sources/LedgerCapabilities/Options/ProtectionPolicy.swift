public import EventLog

/// Which payloads of protected streams stay in plain, and where a subject ends. The log knows no types but its own.
public struct ProtectionPolicy: Sendable {
    /// Events of these types are stored in plain: they hold nothing but names of streams.
    public var plainTypes: Set<EventType>
    /// With an event of these types the subject that a stream had is there no more: what comes next has another data
    /// key, so that the one can be erased without the other.
    public var closingTypes: Set<EventType>

    public init(plainTypes: Set<EventType> = [], closingTypes: Set<EventType> = []) {
        self.plainTypes = plainTypes
        self.closingTypes = closingTypes
    }
}
