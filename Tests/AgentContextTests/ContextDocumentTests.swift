import AgentContext
import EventLog
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: every operation on contexts can be called by name, and answers with the members that it declares. Method: one
/// turn of a conversation in which each of them is asked once; an operation without a call fails.
@Suite struct ContextDocumentTests {
    /// In this order. `SESSION`, `PASSAGE` stand for ids of former answers.
    private static let calls: [(name: String, arguments: JSONObject)] = [
        ("user.add", ["user": "eve"]),
        ("user.list", [:]),
        ("role.set", ["role": "helper", "system_prompt": "You help.", "settings": ["temperature": 0.2]]),
        ("role.show", ["role": "helper"]),
        ("role.list", ["limit": 1]),
        ("agent.set", ["agent": "tea", "description": "Knows tea"]),
        ("agent.list", [:]),
        ("configuration.set", ["name": "session.budget", "value": 60]),
        ("configuration.list", [:]),
        ("session.open", ["user": "eve", "role": "helper", "agent": "tea", "lifetime_seconds": 60]),
        ("session.show", ["session": "SESSION"]),
        ("session.list", ["user": "eve", "open": true]),
        ("session.touch", ["session": "SESSION", "lifetime_seconds": 120]),
        ("session.configure", ["session": "SESSION", "warn_percent": 50]),
        ("message.append", ["session": "SESSION", "role": "user", "content": "Green tea", "tokens": 30]),
        (
            "message.append",
            [
                "session": "SESSION", "role": "assistant", "content": "", "tokens": 30,
                "tool_calls": [["id": "c1", "name": "brew"]],
            ]
        ),
        (
            "message.append",
            ["session": "SESSION", "role": "tool", "content": "done", "tool_call_id": "c1", "tokens": 1]
        ),
        ("message.list", ["session": "SESSION", "roles": ["user", "tool"]]),
        ("message.search", ["user": "eve", "query": "green"]),
        ("context.timeline", ["namespace": "mem", "measure": "messages", "by": "user", "user": "eve", "last": 2]),
        ("session.evict", ["session": "SESSION", "summary": "Tea was brewed."]),
        ("block.set", ["session": "SESSION", "label": "human", "value": "Tea."]),
        ("block.append", ["session": "SESSION", "label": "human", "value": "Bonn."]),
        ("block.replace", ["session": "SESSION", "label": "human", "old": "Tea", "new": "Mate"]),
        ("block.insert", ["session": "SESSION", "label": "human", "value": "Eve.", "line": 1]),
        ("block.undo", ["session": "SESSION", "label": "human"]),
        ("block.redo", ["session": "SESSION", "label": "human"]),
        ("block.restore", ["session": "SESSION", "label": "human", "version": 1]),
        ("block.configure", ["agent": "tea", "label": "human", "description": "Of the user", "read_only": false]),
        ("block.rename", ["session": "SESSION", "label": "human", "new_label": "user"]),
        ("block.share", ["session": "SESSION", "label": "user", "with": "coffee"]),
        ("block.show", ["agent": "coffee", "label": "user"]),
        ("block.list", ["session": "SESSION"]),
        ("block.history", ["session": "SESSION", "label": "user", "limit": 2]),
        ("context.assemble", ["session": "SESSION"]),
        ("block.unshare", ["agent": "coffee", "label": "user"]),
        ("block.delete", ["session": "SESSION", "label": "user"]),
        (
            "archive.insert",
            ["archive": "teas", "content": "Sencha is steamed.", "tags": ["japan"], "session": "SESSION"]
        ),
        ("archive.list", ["archive": "teas", "tags": ["japan"]]),
        ("archive.search", ["archive": "teas", "query": "sencha"]),
        ("archive.names", [:]),
        (
            "proposal.create",
            [
                "proposal": "tidy", "read": ["PASSAGE"], "session": "SESSION",
                "changes": [["operation": "memory.add", "arguments": ["key": "tea", "summary": "Sencha"]]],
            ]
        ),
        (
            "proposal.extend",
            [
                "proposal": "tidy",
                "changes": [["operation": "archive.insert", "arguments": ["archive": "teas", "content": "Mate"]]],
            ]
        ),
        ("proposal.show", ["proposal": "tidy"]),
        ("proposal.list", ["status": "open"]),
        ("proposal.accept", ["proposal": "tidy"]),
        ("proposal.create", ["proposal": "other", "description": "Nothing yet"]),
        ("proposal.reject", ["proposal": "other", "reason": "It has nothing."]),
        ("proposal.demand", ["actor": "dreamer"]),
        ("proposal.demands", [:]),
        ("archive.delete", ["archive": "teas", "passage": "PASSAGE"]),
        ("session.close", ["session": "SESSION", "reason": "done"]),
        ("agent.remove", ["agent": "tea"]),
        ("role.remove", ["role": "helper"]),
    ]

    private static func fits(_ value: JSONValue?, _ kind: DocumentMember.Kind) -> Bool {
        switch kind {
        case .string: value?.string != nil
        case .boolean: value?.bool != nil
        case .integer: value?.number?.int64 != nil
        case .number: value?.number != nil
        case .object: value?.object != nil
        case .strings: value?.array?.allSatisfy { $0.string != nil } == true
        case .integers: value?.array?.allSatisfy { $0.number?.int64 != nil } == true
        case .objects: value?.array?.allSatisfy { $0.object != nil } == true
        }
    }

    private static func members<Operation: LedgerOperation>(of operation: Operation.Type) -> [DocumentMember]? {
        (Operation.Result.self as? any DescribedResult.Type)?.members
    }

    @Test func everyDocumentHasItsMembers() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let catalogue = try OperationCatalogue(of: ledger)
        let request = OperationRequest(ledger, by: folder.ann)
        let own = AgentContext.modules.compactMap { $0 as? any OperationModule }.flatMap(\.operations)
        #expect(Set(own.map { $0.name }) == Set(Self.calls.map(\.name)))
        var ids: [String: JSONValue] = [:]
        for (name, arguments) in Self.calls {
            var given = JSONObject()
            for member in arguments.members {
                let value = member.value.array == ["PASSAGE"] ? [ids["PASSAGE"] ?? .null] : member.value
                given.append(member.name, value.string.flatMap { ids[$0] } ?? value)
            }
            let document = try await catalogue.call(name, given, in: request)
            let operation = try #require(catalogue[name])
            let found = Self.members(of: operation)
            let members = try #require(found, "\(name)")
            for member in members {
                #expect(Self.fits(document[member.name], member.kind), "\(name): \(member.name) of \(document)")
            }
            if name == "session.open" { ids["SESSION"] = document["session"] }
            if name == "archive.insert" { ids["PASSAGE"] = document["passage"] }
        }
        await ledger.close()
    }

    /// What cannot be is an error that says so, and appends nothing.
    @Test(
        arguments: [
            ("session.open", ["user": "", "role": "r"]), ("session.open", ["user": "u", "role": "r", "budget": 0]),
            ("session.open", ["user": "u", "role": "r", "warn_percent": 90, "flush_percent": 80]),
            ("session.show", ["session": "none"]), ("message.list", [:]),
            ("message.list", ["session": "s", "user": "u"]),
            ("message.list", ["user": "none"]), ("message.append", ["session": "s", "role": "king", "content": "x"]),
            ("message.append", ["session": "s", "role": "user", "content": "x", "include": ["k"]]),
            ("block.show", ["label": "x"]), ("block.show", ["label": "x", "session": "s", "agent": "a"]),
            ("block.append", ["agent": "a", "label": "x", "value": "y"]), ("role.show", ["role": "none"]),
            ("configuration.set", ["name": "none"]),
            ("configuration.set", ["name": "session.warn_percent", "value": 101]),
            ("archive.insert", ["archive": "a", "content": ""]), ("archive.delete", ["archive": "a", "passage": "x"]),
            ("proposal.show", ["proposal": "none"]), ("proposal.accept", ["proposal": "none"]),
            ("proposal.extend", ["proposal": "none", "read": ["x"]]),
            ("proposal.reject", ["proposal": "none", "reason": "r"]),
            ("proposal.create", ["proposal": "p", "changes": [["operation": "session.open", "arguments": [:]]]]),
            ("proposal.create", ["proposal": "p", "changes": [["operation": 1]]]),
            ("proposal.create", ["proposal": "p", "read": ["none"]]), ("proposal.create", ["proposal": ""]),
            ("archive.search", ["archive": "a", "query": "("]), ("context.assemble", ["session": "s", "budget": -1]),
            ("context.timeline", ["by": "year"]), ("context.timeline", ["user": "eve"]),
            ("context.timeline", ["namespace": "mem", "user": "none"]),
            ("context.timeline", ["namespace": "mem", "session": "none"]),
            ("context.timeline", ["bucket": "minute", "from": "2025-01-01"]),
            ("context.timeline", ["from": "2025-02-01", "to": "2025-01-01"]), ("context.timeline", ["last": 1_001]),
        ] as [(String, JSONObject)]) func whatCannotBeIsRefused(_ name: String, _ arguments: JSONObject) async throws
    {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let catalogue = try OperationCatalogue(of: ledger)
        do {
            let document = try await catalogue.call(name, arguments, in: OperationRequest(ledger))
            Issue.record("\(document)")
        } catch {
            let code = try #require(OperationErrorCode(of: error), "\(error)")
            let operation = try #require(catalogue[name])
            #expect(OperationErrorCode.common.union(operation.errors).contains(code), "\(code): \(error)")
        }
        #expect(try await (ledger.log as any EventLog).head() == 0)
        await ledger.close()
    }
}
