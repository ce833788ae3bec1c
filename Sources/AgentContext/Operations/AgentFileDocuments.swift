import EventLog
public import LedgerOperations
public import MemoryLedger

extension AgentExportReport: OperationResult {
    /// `{"file", "agent", "namespace", "position", "sessions", "messages", "blocks", "versions", "archives",
    /// "passages", "other_holders", "other_sessions", "size_bytes"}`; the file is null, for who writes it.
    public func document() -> JSONValue {
        [
            "file": .null, "agent": .string(agent), "namespace": .string(namespace), "position": JSONValue(position),
            "sessions": JSONValue(sessions), "messages": JSONValue(messages), "blocks": JSONValue(blocks),
            "versions": JSONValue(versions), "archives": JSONValue(archives), "passages": JSONValue(passages),
            "other_holders": JSONValue(otherHolders), "other_sessions": JSONValue(otherSessions),
            "size_bytes": JSONValue(bytes),
        ]
    }
}

extension AgentImportReport: OperationResult {
    /// `{"agent", "namespace", "sessions", "messages", "blocks", "archives", "passages", "events", "former_events",
    /// "present", "first_position", "last_position"}`.
    public func document() -> JSONValue {
        [
            "agent": .string(agent), "namespace": .string(namespace), "sessions": JSONValue(sessions),
            "messages": JSONValue(messages), "blocks": JSONValue(blocks), "archives": JSONValue(archives),
            "passages": JSONValue(passages), "events": JSONValue(events), "former_events": JSONValue(formerEvents),
            "present": JSONValue(present), "first_position": firstPosition.map { JSONValue($0) } ?? .null,
            "last_position": lastPosition.map { JSONValue($0) } ?? .null,
        ]
    }
}
