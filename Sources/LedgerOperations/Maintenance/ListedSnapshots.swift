import EventLog
public import MemoryLedger
public import Projections

/// Snapshots of the tables, each with whether this program can use it.
public struct ListedSnapshots: Sendable, DescribedResult {
    package static let members: [DocumentMember] = [.init("snapshots", .objects)]

    public var snapshots: [(snapshot: SnapshotInfo, isUsable: Bool)]

    /// `{"snapshots": [{"position", "projectors", "sha256", "size_bytes", "database_bytes", "made_at", "usable"}]}`.
    public func document() -> JSONValue {
        ["snapshots": .array(snapshots.map { $0.snapshot.json(isUsable: $0.isUsable) })]
    }
}

extension SnapshotInfo {
    fileprivate func json(isUsable: Bool) -> JSONValue {
        [
            "position": JSONValue(position), "projectors": .string(projectors), "sha256": .string(sha256),
            "size_bytes": JSONValue(bytes), "database_bytes": JSONValue(databaseBytes),
            "made_at": .string(madeAt.rfc3339), "usable": .bool(isUsable),
        ]
    }
}
