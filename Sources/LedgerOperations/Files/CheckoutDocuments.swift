import EventLog
public import MemoryLedger
public import Projections

extension CheckoutReport: OperationResult {
    /// `{"file", "position", "time", "size_bytes", "tables": {TABLE: SHA256}, "info": {NAME: VALUE}}`.
    public func document() -> JSONValue {
        let tables = digests.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return [
            "file": .string(file), "position": JSONValue(moment.position), "time": .string(moment.time.rfc3339),
            "size_bytes": JSONValue(sizeBytes),
            "tables": .object(JSONObject(tables.map { JSONObject.Member(name: $0.key, value: .string($0.value)) })),
            "info": .object(JSONObject(info.map { JSONObject.Member(name: $0.name, value: .string($0.value)) })),
        ]
    }
}

extension LegacyCheckoutReport: OperationResult {
    /// As `json` says.
    public func document() -> JSONValue { json }
}
