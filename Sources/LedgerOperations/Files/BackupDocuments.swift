public import EmbeddedLedger
import EventLog
import LedgerCapabilities
public import MemoryLedger
import MerkleLog
import SQLiteEventLog

extension BackupReport: OperationResult {
    /// `{"file", "size_bytes", "ledger_id", "origin", "position", "root", "made_at", "made_by", "checkpoint", "tables":
    /// {TABLE: SHA256}, "tables_compared"}`.
    public func document() -> JSONValue {
        let tables = info.digests.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return [
            "file": .string(file), "size_bytes": JSONValue(sizeBytes), "ledger_id": .string(info.ledgerID.description),
            "origin": .string(info.origin), "position": JSONValue(info.position),
            "root": .string(info.root.description), "made_at": .string(info.madeAt.rfc3339),
            "made_by": .string(info.madeBy), "checkpoint": info.checkpoint?.checkpoint.json ?? .null,
            "tables": .object(JSONObject(tables.map { JSONObject.Member(name: $0.key, value: .string($0.value)) })),
            "tables_compared": JSONValue(areTablesCompared),
        ]
    }
}

extension RestoreReport: OperationResult {
    /// `{"ledger", "backup", "is_backup", "made_at", "restored_size", "restored_root", "restored_origin", "epoch",
    /// "origin", "position", "checkpoint", "erasures_undone", "revocations_carried", "may_lack_revocations",
    /// "former_ledger", "projections_rebuilt", "projections_outdated", "projections_not_compared": [{"name",
    /// "reason"}]}`.
    public func document() -> JSONValue {
        [
            "ledger": .string(ledger), "backup": .string(backup), "is_backup": JSONValue(info != nil),
            "made_at": JSONValue(optional: info?.madeAt.rfc3339), "restored_size": JSONValue(restoredSize),
            "restored_root": .string(restoredRoot.description), "restored_origin": .string(restoredOrigin),
            "epoch": JSONValue(origin.epoch), "origin": .string(origin.text), "position": JSONValue(position),
            "checkpoint": checkpoint?.json ?? .null, "erasures_undone": JSONValue(erasuresUndone),
            "revocations_carried": JSONValue(revocationsCarried),
            "may_lack_revocations": JSONValue(mayLackRevocations),
            "former_ledger": JSONValue(optional: formerLedger),
            "projections_rebuilt": .array(projections.rebuilt.map { .string($0) }),
            "projections_outdated": .array(projections.outdated.map { .string($0) }),
            "projections_not_compared": .array(
                projections.notCompared.map { ["name": .string($0.projection), "reason": .string($0.reason)] }),
        ]
    }
}

extension LossReport: OperationResult {
    /// `{"ledger", "acknowledged": {"origin", "position", "root"}, "size", "root", "epoch", "origin", "position",
    /// "checkpoint", "write_ahead_log_copy"}`.
    public func document() -> JSONValue {
        [
            "ledger": .string(lost.ledger),
            "acknowledged": [
                "origin": .string(lost.origin.text), "position": JSONValue(lost.position),
                "root": .string(lost.root.description),
            ],
            "size": JSONValue(size), "root": .string(root.description), "epoch": JSONValue(origin.epoch),
            "origin": .string(origin.text), "position": JSONValue(position),
            "checkpoint": checkpoint?.json ?? .null,
            "write_ahead_log_copy": JSONValue(optional: lost.writeAheadLogCopy),
        ]
    }
}

extension Checkpoint {
    fileprivate var json: JSONValue { .object(JSONObject(members)) }
}
