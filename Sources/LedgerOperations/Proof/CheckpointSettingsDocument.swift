import EventLog
public import MemoryLedger
public import SQLiteEventLog

extension CheckpointSettings: OperationResult {
    /// `{"automatic", "every_events", "every_seconds", "folder"}`.
    public func document() -> JSONValue {
        var document: JSONObject
        switch rule ?? .standard {
        case .off: document = ["automatic": false, "every_events": .null, "every_seconds": .null]
        case .every(let events, let milliseconds):
            document = [
                "automatic": true, "every_events": JSONValue(events), "every_seconds": JSONValue(milliseconds / 1_000),
            ]
        }
        document.append("folder", JSONValue(optional: folder))
        return .object(document)
    }
}
