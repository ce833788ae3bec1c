import EventLog
public import MemoryLedger

extension EventExportReport: OperationResult {
    /// `{"file", "events", "first_position", "last_position"}`; the file is null, for who writes it.
    public func document() -> JSONValue {
        [
            "file": .null, "events": JSONValue(events),
            "first_position": firstPosition.map { JSONValue($0) } ?? .null,
            "last_position": lastPosition.map { JSONValue($0) } ?? .null,
        ]
    }
}

extension EventImportReport: OperationResult {
    /// `{"events", "imported", "duplicates", "left_out", "incomplete": [{"events", "stated", "line"}],
    /// "first_position", "last_position"}`.
    public func document() -> JSONValue {
        [
            "events": JSONValue(events), "imported": JSONValue(imported),
            "duplicates": JSONValue(duplicates), "left_out": JSONValue(leftOut),
            "incomplete": .array(incomplete.map(\.json)),
            "first_position": firstPosition.map { JSONValue($0) } ?? .null,
            "last_position": lastPosition.map { JSONValue($0) } ?? .null,
        ]
    }
}

extension MigrationReport: OperationResult {
    /// As `json` says.
    public func document() -> JSONValue { json }
}
