import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: what a model is told of the tools is short, complete, and breaks no client. Method: the lists of every set,
/// read schema by schema.
@Suite struct MCPToolListTests {
    private func tools(_ sets: [MCPToolSet], _ ledger: MCPFixture? = nil) async throws -> [JSONValue] {
        var options = MCPOptions()
        options.tools = sets
        return try await MCPFixture(options).result("tools/list")["tools"]?.array ?? []
    }

    static let standard = [
        "session_new", "memory_add", "memory_get", "memory_update", "memory_rename", "memory_delete", "memory_list",
        "memory_history", "memory_as_of", "memory_undo",
    ]

    static func isOfOldProgram(_ tool: String) -> Bool {
        (standard.prefix(5) + ["memory_search", "memory_fulltext_search", "bulk_read_memory"]).contains(tool)
    }

    /// Of the second version's tools that are not listed, each answers all the same, and none if it is not asked for.
    @Test func anUnlistedToolAnswers() async throws {
        for (sets, isThere): ([MCPToolSet], Bool) in [([.memory], true), ([.search], true), ([.history], false)] {
            var options = MCPOptions()
            options.tools = sets
            let fixture = try await MCPFixture(options)
            try await fixture.ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "s"))
            let listed = try await fixture.result("tools/list")["tools"]?.array?.map { $0["name"] } ?? []
            #expect(listed.contains("bulk_read_memory") == (sets == [.search]))
            let params: JSONObject = ["name": "bulk_read_memory", "arguments": ["key": "tea"]]
            if isThere {
                let answer = try await fixture.result("tools/call", params)
                #expect(answer["content"]?.array?[0]["text"]?.string?.hasPrefix("success: true") == true, "\(answer)")
            } else {
                #expect(try await fixture.error("tools/call", params)["code"] == -32601)
            }
        }
    }

    /// What the standard list may cost a model.
    private static let maximumTokens = 2_000
    /// A token of JSON has more bytes than that with every tokenizer in use.
    private static let leastBytesOfAToken = 3

    @Test func theStandardListIsShort() async throws {
        let tools = try await tools([.memory])
        #expect(tools.map { $0["name"]?.string } == Self.standard)
        let bytes = JSONValue.array(tools).compactBytes.count
        #expect(bytes / Self.leastBytesOfAToken < Self.maximumTokens, "\(bytes) bytes")
    }

    @Test func theFormatHasItsDefault() async throws {
        for tool in try await tools([.memory]) {
            guard let format = tool["inputSchema"]?["properties"]?["output_format"] else { continue }
            #expect(format == ["default": "toon", "type": "string", "enum": ["json", "toon"]])
        }
    }

    @Test func everyToolIsToldWhole() async throws {
        for tool in try await tools([.all]) {
            let name = try #require(tool["name"]?.string)
            #expect(name.wholeMatch(of: /[a-z][a-z0-9_]{1,63}/) != nil)
            #expect(tool["title"]?.string?.isEmpty == false, "\(name)")
            #expect((1...200).contains(tool["description"]?.string?.count ?? 0), "\(name)")
            let hints = try #require(tool["annotations"]?.object)
            let names = hints.members.map(\.name)
            #expect(names.filter { $0 != "idempotentHint" } == ["readOnlyHint", "destructiveHint", "openWorldHint"])
            #expect(hints.members.allSatisfy { $0.value.bool != nil })
            // Without meaning for what only reads, and false if it is not there.
            #expect(hints["idempotentHint"] == nil || hints["readOnlyHint"] == false && hints["idempotentHint"] == true)
            #expect(hints["readOnlyHint"] == false || hints["destructiveHint"] == false, "\(name)")
            for member in ["inputSchema", "outputSchema"] {
                guard let schema = tool[member] else { continue }
                #expect(schema["type"] == "object", "\(name)")
                #expect(Self.wrongWords(schema).isEmpty, "\(name): \(Self.wrongWords(schema))")
            }
            #expect(tool["inputSchema"] != nil)
            // The old program's tools answer texts, and a schema that says nothing is left out.
            if Self.isOfOldProgram(name) { #expect(tool["outputSchema"] == nil, "\(name)") }
            if let output = tool["outputSchema"] {
                let members = output["properties"]?.object?.members.map { JSONValue.string($0.name) } ?? []
                let required = output["required"]?.array ?? []
                #expect(!members.isEmpty && Array(members.prefix(required.count)) == required, "\(name)")
            }
        }
    }

    /// All but what answers nothing that is always of one type.
    @Test func whatIsAnsweredIsTold() async throws {
        for tool in try await tools([.extended, .history, .audit, .admin]) {
            let name = try #require(tool["name"]?.string)
            #expect((tool["outputSchema"] == nil) == (name == "erasure_resume"), "\(name)")
        }
    }

    /// What one memory or several are asked of has members of its own for either.
    @Test func whatMayBeAnsweredIsToldToo() async throws {
        for tool in try await tools([.extended]) where ["ledger_memory_get", "memory_recall"].contains(tool["name"]) {
            let schema = try #require(tool["outputSchema"])
            #expect(schema["required"] == nil && schema["properties"]?["memories"]?["type"] == "array")
            #expect(schema["properties"]?["summary"] == ["type": "string"])
        }
    }

    /// Enough to give the right argument.
    @Test func argumentsAreToldInSentences() async throws {
        let all = try await tools([.memory])
        func help(_ tool: String, _ argument: String) -> String {
            let schema = all.first { $0["name"]?.string == tool }?["inputSchema"]?["properties"]?[argument]
            return schema?["description"]?.string ?? ""
        }
        #expect(help("memory_delete", "namespace") == "Default: the server's (mem). Not together with session.")
        for tool in ["memory_list", "memory_history"] { #expect(help(tool, "after") == "`next` of the page before.") }
        for (tool, argument) in [("memory_list", "at"), ("memory_as_of", "at"), ("memory_undo", "since")] {
            #expect(help(tool, argument).split(separator: " ").count >= 7, "\(tool) \(argument)")
        }
    }

    /// Keywords that some client cannot have, and required members that are none.
    private static func wrongWords(_ schema: JSONValue) -> [String] {
        guard let object = schema.object else { return schema.array?.flatMap(wrongWords) ?? [] }
        var wrong = object.members.map(\.name).filter {
            ["anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "definitions", "if"].contains($0)
        }
        if object["type"]?.string == "object", let properties = object["properties"]?.object {
            wrong += (object["required"]?.array ?? []).compactMap(\.string).filter { properties[$0] == nil }
            for property in properties.members { wrong += wrongWords(property.value) }
        }
        if let items = object["items"] { wrong += wrongWords(items) }
        return wrong
    }

    /// Every operation that needs no file of its machine is a tool in exactly one set, under a name that stays.
    @Test func everyOperationIsInASet() async throws {
        let sets = MCPService.toolSets(of: .standard)
        #expect(sets.map(\.name) == ["memory", "extended", "search", "audit", "admin", "history", "all"])
        var names: [String] = []
        for set in sets where set != .all { names += try await tools([set]).compactMap { $0["name"]?.string } }
        #expect(Set(names).count == names.count)
        let all = try await tools([.all]).compactMap { $0["name"]?.string }
        #expect(Set(all) == Set(names) && all.count == names.count)
        for operation in OperationCatalogue.standard.operations {
            let name = operation.name.replacing(".", with: "_")
            let isOffered = names.contains("ledger_" + name) || names.contains(name) && !Self.standard.contains(name)
            #expect(isOffered == operation.isTool, "\(name)")
        }
        let twice = try await tools([.history, .memory, .history]).compactMap { $0["name"]?.string }
        #expect(Array(twice.prefix(Self.standard.count)) == Self.standard && Set(twice).count == twice.count)
    }

    @Test func aSetThatThereIsNotIsRefused() async throws {
        await #expect(throws: MCPOptionError.self) { _ = try await tools([.memory, MCPToolSet("songs")]) }
        #expect(throws: MCPOptionError.self) { try MCPToolSet.sets("memory,,audit") }
        #expect(try MCPToolSet.sets("memory, audit") == [.memory, .audit])
    }

    /// An operation answers what it answers anywhere else, and says what is wrong.
    @Test func anOperationIsCalledByItsName() async throws {
        var options = MCPOptions()
        options.tools = [.all]
        options.namespace = "work"
        let fixture = try await MCPFixture(options)
        let tea: JSONObject = ["key": "tea", "summary": "Green", "links": [["type": "design", "term": "t"]]]
        let added = try await fixture.document("ledger_memory_add", tea)
        #expect(added["namespace"] == "work" && added["meta"] != nil)
        let blamed = try await fixture.document("memory_blame", ["key": "tea"])
        #expect(blamed["fields"] != nil)
        let policy = try await fixture.document("policy_show")
        #expect(!policy.isEmpty)
        let elsewhere = try await fixture.call("memory_blame", ["key": "tea", "namespace": "mem"])
        #expect(elsewhere.isError && elsewhere.text.hasPrefix("not_found: "))
        for (arguments, words): (JSONObject, String) in [
            ([:], "invalid_argument: key is missing."), (["key": 7], "invalid_argument: key is a string, not 7."),
            (["key": "tea", "colour": "green"], "invalid_argument: colour is no argument of this operation;"),
        ] {
            let wrong = try await fixture.call("memory_blame", arguments)
            #expect(wrong.isError && wrong.structured == nil && wrong.text.hasPrefix(words), "\(wrong.text)")
        }
    }
}
