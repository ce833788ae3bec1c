import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: what a tool answers fits the schema that it is listed with. Method: a call of every tool of every set, whose
/// structured answer is held against the schema; the fixture does so for the calls of all other tests.
@Suite struct MCPToolAnswerTests {
    /// A call of each tool. It succeeds unless the ledger in memory cannot do it.
    private static let calls: [String: JSONObject] = [
        "session_new": [:], "memory_add": ["key": "new", "value": ["summary": "s", "text": "t"]],
        "memory_get": ["key": "tea"], "memory_update": ["key": "tea", "value": ["text": "Black"]],
        "memory_rename": ["old_key": "pot", "new_key": "can"], "memory_delete": ["key": "can"], "memory_list": [:],
        "memory_history": ["key": "tea"], "memory_as_of": ["key": "tea", "at": "1"],
        "memory_undo": ["since": "1"],
        "ledger_memory_add": ["key": "other"], "memory_put": ["key": "put", "derived_from": ["/there/k"]],
        "ledger_memory_get": ["keys": ["tea", "put"]], "memory_recall": ["keys": ["tea"], "context": "c"],
        "memory_read": ["key": "tea"], "memory_traverse": ["key": "tea"], "ledger_memory_list": [:],
        "memory_outline": [:], "ledger_memory_update": ["key": "tea", "type": "note"],
        "ledger_memory_rename": ["old_key": "put", "new_key": "moved"], "ledger_memory_delete": ["key": "moved"],
        "memory_link": ["from": "tea", "to": "x", "type": "bug"], "memory_unlink": ["from": "tea", "to": "x"],
        "memory_search": ["query": "tea"], "memory_fulltext_search": ["keywords": "tea"],
        "search_memories": ["query": "tea"], "search_compatible": ["query": "tea"],
        "bulk_read_memory": ["key": "tea"], "memory_bulk": ["key": "tea"], "graph_neighbours": ["key": "tea"],
        "graph_traverse": ["key": "tea", "links": true], "graph_path": ["from": "tea", "to": "tea"],
        "graph_orphans": [:], "graph_hubs": [:], "graph_components": [:], "graph_dangling": [:],
        "ledger_memory_history": ["key": "tea"], "memory_blame": ["key": "tea"], "memory_diff": ["from": "0"],
        "event_plan_undo": ["since": "1"], "event_undo": ["since": "3", "all": true, "partial": true],
        "event_list": [:], "event_explain": ["event": "1"], "quarantine_preview": ["actor": "eve"],
        "quarantine_put": ["actor": "eve", "reason": "r"], "quarantine_release": ["actor": "eve", "reason": "r"],
        "quarantine_list": [:], "policy_show": [:], "policy_set": ["require_actor": true],
        "ledger_status": [:], "ledger_statistics": [:], "ledger_digest": [:], "ledger_verify": [:],
        "projection_list": [:],
        "projection_rebuild": [:], "projection_verify": [:], "projection_roll_back": [:],
        "projection_forget_former": [:], "dead_letter_list": [:], "dead_letter_retry": [:],
        "dead_letter_skip": ["positions": [1]], "snapshot_list": [:], "snapshot_take": [:], "snapshot_drop": [:],
        "dictionary_list": [:], "token_list": [:], "token_create": ["namespaces": ["mem"]],
    ]
    /// What needs a file or keys, or changes more than a test of answers should.
    private static let refused: [String: JSONObject] = [
        "checkpoint_list": [:], "checkpoint_sign": [:], "proof_inclusion": ["event": "1"],
        "proof_consistency": ["from": "x", "to": "y"], "evidence_make": ["key": "tea"], "dictionary_train": [:],
        "erasure_plan": ["key": "tea"], "erasure_carry_out": ["key": "tea", "reason": "r"], "erasure_resume": [:],
        "protection_add": ["namespace": "secret"], "protection_list": [:], "token_revoke": ["id": "none"],
    ]

    @Test func everyAnswerFitsItsSchema() async throws {
        var options = MCPOptions()
        options.tools = [.all]
        let fixture = try await MCPFixture(options)
        for key in ["tea", "pot"] {
            try await fixture.ledger.add(
                MemoryKey(key: key),
                MemoryContent(summary: "s", links: [MemoryLink(type: "bug", key: "pot", term: "t")]))
        }
        try await fixture.ledger.add(MemoryKey(namespace: "there", key: "k"), MemoryContent(summary: "s"))
        let tools = try #require(try await fixture.result("tools/list")["tools"]?.array)
        let names = tools.compactMap { $0["name"]?.string }
        #expect(Set(names) == Set(Self.calls.keys).union(Self.refused.keys))
        var described = 0
        // In the order of the list, which writes before it reads.
        for (name, tool) in zip(names, tools) {
            let arguments = Self.calls[name] ?? Self.refused[name] ?? [:]
            let answer = try await fixture.call(name, arguments)
            #expect(!answer.isError || Self.refused[name] != nil, "\(name): \(answer.text)")
            // A failure is told in words, and anything else has what the schema describes.
            let isText = answer.isError || MCPToolListTests.isOfOldProgram(name)
            #expect((answer.structured != nil) == !isText, "\(name)")
            if tool["outputSchema"] != nil { described += 1 }
        }
        #expect(described > 20)
    }

    @Test func aSchemaIsHeldAgainstValues() {
        let schema: JSONValue = [
            "type": "object", "properties": ["a": ["type": "array", "items": ["type": "integer"]]], "required": ["a"],
        ]
        #expect(SchemaCheck.faults(["a": [1, 2]], schema).isEmpty)
        for wrong: JSONValue in [[], ["b": 1], ["a": 1], ["a": [1.5]], ["a": ["1"]], .null] {
            #expect(!SchemaCheck.faults(wrong, schema).isEmpty, "\(wrong)")
        }
        #expect(!SchemaCheck.faults(1, ["anyOf": []]).isEmpty)
    }
}
