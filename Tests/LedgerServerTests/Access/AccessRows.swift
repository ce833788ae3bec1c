import EventLog
import LedgerOperations
import MemoryLedger
import MerkleLog

/// Where a call of a tool takes place.
struct AccessPlace: Sendable {
    var namespace: String
    /// A session there, opened by someone who may.
    var session: String
    /// The id of an event there, which may be undone.
    var event: String
    /// The id of a session with a context there.
    var contextID = "none"
    /// The key of a memory that was made there for the call; it has a link to `AccessWorld.linked`.
    var made = "gone"
    /// A key that no memory there has.
    var free = "x"

    var name: JSONValue { .string(namespace) }
    fileprivate var id: JSONValue { .string(session) }
    var context: JSONValue { .string(contextID) }
    fileprivate var madeKey: JSONValue { .string(made) }
    var freeKey: JSONValue { .string(free) }
}

/// A call of a tool.
struct AccessRow: Sendable {
    var tool: String
    var needs: AccessScope
    /// It concerns the ledger as a whole, not a namespace.
    var isOfLedger = false
    /// Whoever may do it there sees the mark of `AccessWorld.theirs`.
    var shows = false
    /// Without a namespace, it is of the caller's one, or of all.
    var isEverywhere = false
    /// It succeeds for every caller who may do it, on a memory that was made for it.
    var succeeds = false
    var arguments: @Sendable (AccessPlace) -> JSONObject
}

/// What each tool is called with. An operation itself says what it needs.
enum AccessRows {
    typealias Arguments = @Sendable (AccessPlace) -> JSONObject

    private static let shared = JSONValue.string(AccessWorld.shared)
    private static let mark = JSONValue.string(AccessWorld.mark)

    /// The tools of the set `memory`.
    static let tools: [AccessRow] = [
        AccessRow(tool: "session_new", needs: .read) { ["namespace": $0.name] },
        AccessRow(tool: "memory_add", needs: .write, succeeds: true) {
            ["session": $0.id, "key": $0.freeKey, "value": ["summary": "s", "text": "t"]]
        },
        AccessRow(tool: "memory_get", needs: .read, shows: true) { ["session": $0.id, "key": shared] },
        AccessRow(tool: "memory_update", needs: .write, succeeds: true) {
            ["session": $0.id, "key": $0.madeKey, "value": ["text": "changed"]]
        },
        AccessRow(tool: "memory_rename", needs: .write, succeeds: true) {
            ["session": $0.id, "old_key": $0.madeKey, "new_key": $0.freeKey]
        },
        AccessRow(tool: "bulk_read_memory", needs: .read, shows: true) { ["session": $0.id, "key": shared] },
        AccessRow(tool: "memory_search", needs: .read, shows: true) { ["session": $0.id, "query": mark] },
        AccessRow(tool: "memory_fulltext_search", needs: .read, shows: true) {
            ["session": $0.id, "keywords": mark]
        },
        AccessRow(tool: "memory_delete", needs: .write, succeeds: true) {
            ["namespace": $0.name, "key": $0.madeKey]
        },
        AccessRow(tool: "memory_delete", needs: .write, succeeds: true) { ["session": $0.id, "key": $0.madeKey] },
        AccessRow(tool: "memory_list", needs: .read, shows: true) { ["namespace": $0.name] },
        AccessRow(tool: "memory_list", needs: .read, shows: true) { ["session": $0.id] },
        AccessRow(tool: "memory_history", needs: .read, shows: true) { ["namespace": $0.name, "key": shared] },
        AccessRow(tool: "memory_as_of", needs: .read, shows: true) {
            ["session": $0.id, "key": shared, "at": .string($0.event)]
        },
        AccessRow(tool: "memory_undo", needs: .read) { ["namespace": $0.name, "events": [.string($0.event)]] },
        AccessRow(tool: "memory_undo", needs: .write) {
            ["namespace": $0.name, "events": [.string($0.event)], "apply": true]
        },
    ]

    /// Of the operations on memories, those that show the mark.
    private static let showing: Set<String> = [
        "memory.get", "memory.recall", "memory.read", "memory.traverse", "memory.list", "memory.outline",
        "memory.history", "memory.blame", "memory.diff", "event.list", "memory.bulk", "graph.neighbours",
        "graph.traverse", "graph.orphans", "graph.dangling", "search.memories", "search.compatible",
    ]

    /// Those that change the memory that was made for them, or make one.
    private static let succeeding: Set<String> = [
        "memory.add", "memory.put", "memory.update", "memory.rename", "memory.delete", "memory.link", "memory.unlink",
    ]

    private static let ofMemories: [String: Arguments] = [
        "memory.add": { ["namespace": $0.name, "key": $0.freeKey] },
        "memory.put": { ["namespace": $0.name, "key": $0.freeKey, "summary": "s"] },
        "memory.get": { ["namespace": $0.name, "keys": [shared]] },
        "memory.recall": { ["namespace": $0.name, "keys": [shared]] },
        "memory.read": { ["namespace": $0.name, "key": shared] },
        "memory.traverse": { ["namespace": $0.name, "key": shared] },
        "memory.list": { ["namespace": $0.name] },
        "memory.outline": { ["namespace": $0.name] },
        "memory.update": { ["namespace": $0.name, "key": $0.madeKey, "text": "changed"] },
        "memory.rename": { ["namespace": $0.name, "old_key": $0.madeKey, "new_key": $0.freeKey] },
        "memory.delete": { ["namespace": $0.name, "key": $0.madeKey] },
        "memory.link": { ["namespace": $0.name, "from": $0.madeKey, "to": "x", "type": "bug", "term": "t"] },
        "memory.unlink": { ["namespace": $0.name, "from": $0.madeKey, "to": .string(AccessWorld.linked)] },
        "memory.bulk": { ["namespace": $0.name, "key": shared] },
        "graph.neighbours": { ["namespace": $0.name, "key": shared] },
        "graph.traverse": { ["namespace": $0.name, "key": shared] },
        "graph.path": { ["namespace": $0.name, "from": shared, "to": .string(AccessWorld.spare)] },
        "graph.orphans": { ["namespace": $0.name] },
        "graph.hubs": { ["namespace": $0.name] },
        "graph.components": { ["namespace": $0.name, "least_size": 1] },
        "graph.dangling": { ["namespace": $0.name] },
        "search.memories": { ["namespace": $0.name, "query": mark] },
        "search.compatible": { ["namespace": $0.name, "query": mark] },
        "memory.history": { ["namespace": $0.name, "key": shared] },
        "memory.blame": { ["namespace": $0.name, "key": shared] },
        "memory.diff": { ["namespace": $0.name, "from": "0"] },
        "event.list": { ["namespace": $0.name] },
        "event.plan_undo": { ["namespace": $0.name, "events": [.string($0.event)]] },
        "event.undo": { ["namespace": $0.name, "events": [.string($0.event)]] },
    ]

    private static let checkpoint: JSONValue = {
        guard let key = try? NoteSigningKey(name: "test", seed: [UInt8](repeating: 7, count: 32)),
            let root = MerkleHash([UInt8](repeating: 1, count: 32)),
            let signed = try? SignedCheckpoint(Checkpoint(origin: "test", size: 1, root: root), signedWith: [key])
        else { return .null }
        return .string(String(decoding: signed.bytes, as: UTF8.self))
    }()

    private static let ofLedger: [String: JSONObject] = [
        "quarantine.preview": ["actor": "none"], "quarantine.put": ["actor": "none", "reason": "r"],
        "quarantine.release": ["actor": "none", "reason": "r"], "quarantine.list": [:],
        "token.create": ["all_namespaces": true], "token.list": [:], "token.revoke": ["id": "0123456789abcdef"],
        "policy.show": [:], "policy.set": ["audit_reads": false], "protection.list": [:],
        "protection.add": ["namespace": "secret"], "erasure.plan": ["namespace": "secret"],
        "erasure.carry_out": ["user": "none", "reason": "r"], "erasure.resume": [:], "ledger.verify": [:],
        "ledger.status": [:], "ledger.statistics": [:], "ledger.digest": [:], "checkpoint.sign": [:],
        "checkpoint.list": [:],
        "proof.inclusion": ["event": "1"], "proof.consistency": ["from": checkpoint, "to": checkpoint],
        "evidence.make": ["first": 1, "last": 1], "event.explain": ["event": "1"], "projection.list": [:],
        "projection.rebuild": [:], "projection.verify": [:], "projection.roll_back": [:],
        "projection.forget_former": [:], "dead_letter.list": [:], "dead_letter.retry": [:],
        "dead_letter.skip": ["positions": [999_999]], "snapshot.list": [:], "snapshot.take": [:], "snapshot.drop": [:],
        "dictionary.train": ["size": 1_024, "samples": 10], "dictionary.list": [:],
    ]

    /// The rows of an operation; empty if it has none yet.
    ///
    /// - Parameter tool: its name among the tools.
    static func rows(of operation: any LedgerOperation.Type, tool: String) -> [AccessRow] {
        let needs = operation.requiredScope
        if operation.scope == .ledger {
            guard let arguments = ofLedger[operation.name] ?? ofConfiguration[operation.name] else { return [] }
            return [AccessRow(tool: tool, needs: needs, isOfLedger: true) { _ in arguments }]
        }
        guard let arguments = ofMemories[operation.name] ?? ofContexts[operation.name] else { return [] }
        let row = AccessRow(
            tool: tool, needs: needs, shows: showing.union(showingOfContexts).contains(operation.name),
            succeeds: succeeding.contains(operation.name), arguments: arguments)
        let anywhere: Arguments = { place in
            var arguments = arguments(place)
            arguments.remove("namespace")
            return arguments
        }
        let place = AccessPlace(namespace: "", session: "", event: "00000000-0000-7000-8000-000000000005")
        let call = try? operation.init(json: anywhere(place))
        guard let call, call.namespaces == nil else { return [row] }
        return [row, AccessRow(tool: tool, needs: needs, isEverywhere: true, arguments: anywhere)]
    }
}
