public import EmbeddedLedger
public import EventLog
import Projections

/// What an erasure did, for the person who asked for it.
///
///     let receipt = try await ledger.erase(.user("ada"), reason: "asked for", by: Attribution(actor: "admin"))
///     print(receipt.positions, receipt.purgeProblem ?? "purged")
public struct ErasureReceipt: Hashable, Sendable {
    /// What was asked for: `namespace people`.
    public var selection: String
    public var reason: String
    public var erasedAt: Timestamp
    public var subjects: [ErasedSubject]
    /// Encrypted events that cannot be read any more.
    public var events: Int
    /// Of the `SubjectErased` events.
    public var positions: [Position]
    /// What could not be erased, because it stands in the log unencrypted.
    public var left: [ErasureRemainder] = []
    /// The Merkle tree before and after the erasure: the one is the beginning of the other, because no leaf changed.
    public var tree: Tree?
    /// What was removed of what had been made of the events; nil where that is still due.
    public var purge: PurgeReport?
    /// Why it is still due.
    public var purgeProblem: String?

    /// The log's Merkle tree, before the erasure's events and after them.
    public struct Tree: Hashable, Sendable {
        public var sizeBefore: Int64
        public var rootBefore: MerkleHash
        public var sizeAfter: Int64
        public var rootAfter: MerkleHash
    }

    /// The data keys that were destroyed.
    public var keys: [Int64] { subjects.flatMap(\.keys).sorted() }

    /// What no erasure reaches.
    public static let outOfReach = [
        "backups and copies of the ledger made before: their tables hold the memories in plain, readable without any "
            + "key, and the master key opens their events; delete them where they are",
        "checkouts, exports and evidence files made before: what they hold of the memories is in plain, and no key "
            + "takes it away; delete them where they are",
        "the memory and the swap space of processes that had the ledger open, and blocks that the file system or the disk "
            + "has kept of former contents",
        "the names of streams and keys, event types, times, actors and quarantined sources, which stay in the log",
        "rows of legacy databases that were quarantined when they were imported, which belong to no namespace",
        "legacy databases that were migrated, and their copies in a backup folder: they hold their rows in plain, and a "
            + "row that was erased comes back if they are migrated again; delete them where they are",
    ]

    /// No dictionary can hold what was encrypted: they are made of unprotected streams only.
    public static let dictionaries =
        "0 removed: dictionaries are never trained on streams of a protected namespace"
}

extension ErasureReceipt {
    /// As `memledger erase --json` prints it.
    public var json: JSONValue {
        [
            "selection": .string(selection), "reason": .string(reason),
            "erased_at": .string(erasedAt.rfc3339), "subjects": .array(subjects.map(\.json)),
            "keys": .array(keys.map { JSONValue($0) }), "events": JSONValue(events),
            "positions": .array(positions.map { JSONValue($0) }), "tree": tree?.json ?? .null,
            "purged": purge?.json ?? .null,
            "left": .array(left.map(\.json)),
            "purge_problem": JSONValue(optional: purgeProblem), "dictionaries": .string(Self.dictionaries),
            "out_of_reach": .array(Self.outOfReach.map { .string($0) }),
        ]
    }
}

extension ErasureReceipt.Tree {
    package var json: JSONValue {
        [
            "size_before": JSONValue(sizeBefore), "root_before": .string(rootBefore.description),
            "size_after": JSONValue(sizeAfter), "root_after": .string(rootAfter.description),
        ]
    }
}

extension ErasurePlan {
    /// As `memledger erase --dry-run --json` prints it.
    public var json: JSONValue {
        [
            "selection": .string(description), "subjects": .array(subjects.map(\.json)),
            "keys": .array(keys.map { JSONValue($0) }), "events": JSONValue(events),
            "left": .array(left.map(\.json)),
        ]
    }
}

extension ErasureRemainder {
    package var json: JSONValue {
        [
            "stream": .string(stream.rawValue), "events": JSONValue(events), "first_position": JSONValue(first),
        ]
    }
}

extension PurgeReport {
    /// What was removed.
    public var json: JSONValue {
        [
            "erasure": JSONValue(erasure),
            "projections": .array(
                projections.map { ["name": .string($0.name), "generation": JSONValue($0.generation)] }),
            "former_generations": JSONValue(formerGenerations), "snapshots": JSONValue(snapshots),
            "files": JSONValue(files), "bytes_before": JSONValue(bytesBefore), "bytes_after": JSONValue(bytesAfter),
        ]
    }
}
