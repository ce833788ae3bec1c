import EventLog
import Foundation
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: clients of the old program find its tools as they were: arguments, texts, refusals, messages. Method: every
/// row of its contract, by default and as each of its versions.
@Suite struct MCPCompatibleToolTests {
    private static let versions: [CompatibleService.Version?] = [nil, .one, .two]

    private func fixture(_ version: CompatibleService.Version?) async throws -> MCPFixture {
        var options = MCPOptions()
        options.compatibility = version
        return try await MCPFixture(options)
    }

    private static let value: JSONObject = [
        "domain": "drinks", "summary": "Likes tea", "text": "Green", "type": "note",
        "links": [["type": "design", "key": "pot", "term": "in"], ["type": "bug", "term": "no key", "weight": 0.9]],
        "keywords": ["a", "b"],
    ]

    private static let toon = """
        success: true
        data:
          domain: drinks
          summary: Likes tea
          text: Green
          type: note
          links[2]:
            - type: design
              key: pot
              term: in
              weight: 0.5
              summary: 关联记忆不存在
            - type: bug
              term: no key
              weight: 0.9
              summary: 关联记忆不存在
          keywords[2]: a,b
        """

    @Test(arguments: [nil, CompatibleService.Version.one]) func aMemoryIsWrittenAndRead(
        version: CompatibleService.Version?
    ) async throws {
        let fixture = try await fixture(version)
        let added = try await fixture.call(
            "memory_add", ["key": "tea", "value": .object(Self.value), "colour": "green"])
        #expect(added.text == "success: true" && added.structured == nil && !added.isError)
        #expect(try await fixture.call("memory_get", ["key": "tea"]).text == Self.toon)
        let json = try await fixture.call("memory_get", ["key": "tea", "output_format": "json"])
        let document = try JSONValue(parsing: json.text)
        #expect(json.text == document.indented)
        #expect(document["success"] == true)
        #expect(
            document["data"]?.object?.members.map(\.name) == [
                "domain", "summary", "text", "type", "links", "keywords",
            ])
        #expect(
            document["data"]?["links"]?.array?[0].object?.members.map(\.name) == [
                "type", "key", "term", "weight", "summary",
            ])
        #expect(document["data"]?["links"]?.array?[0]["weight"] == 0.5)
    }

    /// The second version sorts them by weight, unless told.
    @Test func versionTwoSortsLinks() async throws {
        let fixture = try await fixture(.two)
        _ = try await fixture.call(
            "memory_add", ["key": "tea", "value": ["summary": "s", "text": "t"], "links": Self.value["links"] ?? []])
        func weights(_ sort: JSONValue?) async throws -> [JSONValue?] {
            var arguments: JSONObject = ["key": "tea", "output_format": "json"]
            if let sort { arguments.append("sortLinks", sort) }
            let answer = try JSONValue(parsing: try await fixture.call("memory_get", arguments).text)
            return answer["data"]?["links"]?.array?.map { $0["weight"] } ?? []
        }
        #expect(try await weights(nil) == [0.9, 0.5])
        for sort: JSONValue in [false, "false", " FALSE "] { #expect(try await weights(sort) == [0.5, 0.9]) }
        for sort: JSONValue in [true, "True", "", .null] { #expect(try await weights(sort) == [0.9, 0.5]) }
    }

    /// The first version knew no links beside a value and no sorting, and dropped what it did not know.
    @Test func versionOneDropsWhatTheSecondBrought() async throws {
        for (version, count) in [(nil, 2), (CompatibleService.Version.one, 0), (.two, 2)] {
            let fixture = try await fixture(version)
            let links = Self.value["links"] ?? []
            _ = try await fixture.call(
                "memory_add", ["key": "tea", "value": ["summary": "s", "text": "t"], "links": links])
            #expect(try await fixture.ledger.get(MemoryKey(key: "tea"))?.content.links.count == count)
            _ = try await fixture.call("memory_update", ["key": "tea", "value": [:], "links": []])
            #expect(try await fixture.ledger.get(MemoryKey(key: "tea"))?.content.links.isEmpty == true)
            _ = try await fixture.call("memory_update", ["key": "tea", "value": ["links": links]])
            _ = try await fixture.call("memory_update", ["key": "tea", "value": [:], "links": []])
            #expect(try await fixture.ledger.get(MemoryKey(key: "tea"))?.content.links.count == 2 - count)
        }
        let fixture = try await fixture(.one)
        _ = try await fixture.call("memory_add", ["key": "tea", "value": .object(Self.value)])
        let wrong: JSONObject = ["key": "tea", "sortLinks": ["no flag"], "links": 7]
        #expect(try await fixture.call("memory_get", wrong).text == Self.toon)
        _ = try await fixture.call("memory_update", ["key": "tea", "value": [:], "links": "none"])
        let sorted = try await fixture.call("memory_get", ["key": "tea", "sortLinks": true])
        #expect(sorted.text == Self.toon)
    }

    @Test(arguments: versions) func aMemoryIsChangedAndMoved(version: CompatibleService.Version?) async throws {
        let fixture = try await fixture(version)
        _ = try await fixture.call("memory_add", ["key": "tea", "value": .object(Self.value)])
        let updated = try await fixture.call(
            "memory_update", ["key": "tea", "value": ["text": "Black", "colour": "dark"], "output_format": "json"])
        #expect(updated.text == "{\n  \"success\": true,\n  \"data\": {\n    \"key\": \"tea\"\n  }\n}")
        #expect(
            try await fixture.call("memory_update", ["key": "tea", "value": [:]]).text
                == "success: true\ndata:\n  key: tea")
        let renamed = try await fixture.call("memory_rename", ["old_key": "tea", "new_key": "drink:tea"])
        #expect(renamed.text == "success: true\ndata:\n  old_key: tea\n  new_key: \"drink:tea\"")
        let memory = try #require(try await fixture.ledger.get(MemoryKey(key: "drink:tea")))
        #expect(
            memory.content.text == "Black" && memory.content.summary == "Likes tea" && memory.content.links.count == 2)
    }

    @Test(arguments: versions) func refusalsAreNoErrors(version: CompatibleService.Version?) async throws {
        let fixture = try await fixture(version)
        for key in ["tea", "coffee"] {
            _ = try await fixture.call("memory_add", ["key": .string(key), "value": .object(Self.value)])
        }
        let cases: [(String, JSONObject, String)] = [
            ("memory_get", ["key": "never"], "memory not found"),
            ("memory_update", ["key": "never", "value": [:]], "memory not found"),
            ("memory_rename", ["old_key": "never", "new_key": "x"], "memory not found"),
            ("memory_rename", ["old_key": "tea", "new_key": "tea"], "old_key and new_key must be different"),
            ("memory_rename", ["old_key": "tea", "new_key": "coffee"], "key already exists"),
            ("memory_get", ["key": "tea", "session": "none"], "invalid session"),
            ("memory_add", ["key": "tea", "value": .object(Self.value), "session": "none"], "invalid session"),
            ("memory_update", ["key": "tea", "value": [:], "session": "none"], "invalid session"),
            ("memory_rename", ["old_key": "tea", "new_key": "tea", "session": "none"], "invalid session"),
        ]
        for (tool, arguments, message) in cases {
            let answer = try await fixture.call(tool, arguments)
            #expect(!answer.isError && answer.structured == nil)
            #expect(
                answer.text == "{\n  \"success\": false,\n  \"message\": \"\(message)\"\n}", "\(tool) \(answer.text)")
        }
    }

    @Test func aSessionIsOpenedAsTheVersionDoes() async throws {
        for version in [nil, CompatibleService.Version.one] {
            let id = try await fixture(version).call("session_new", ["namespace": "work"]).text
            #expect(id.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        }
        let fixture = try await fixture(.two)
        let text = try await fixture.call("session_new", [:]).text
        let answer = try JSONValue(parsing: text)
        #expect(answer.description == text)
        #expect(answer["success"] == true && answer["data"]?["namespace"] == "mem")
        #expect(answer["data"]?["sessionKey"]?.string?.utf8.count == 32)
    }

    /// A read in a session counts a traversal of what was read before it.
    @Test func aSessionHasItsNamespaceAndCounts() async throws {
        let fixture = try await fixture(nil)
        let id = JSONValue.string(try await fixture.call("session_new", ["namespace": "work"]).text)
        for key: JSONValue in ["a", "b"] {
            _ = try await fixture.call("memory_add", ["key": key, "value": .object(Self.value), "session": id])
        }
        for key: JSONValue in ["a", "b", "a"] { _ = try await fixture.call("memory_get", ["key": key, "session": id]) }
        #expect(try await fixture.call("memory_get", ["key": "a"]).text.contains("memory not found"))
        let first = try #require(try await fixture.ledger.get(MemoryKey(namespace: "work", key: "a")))
        let second = try #require(try await fixture.ledger.get(MemoryKey(namespace: "work", key: "b")))
        #expect(first.meta.accessCount == 2 && first.meta.traverseCount == 1)
        #expect(second.meta.accessCount == 1 && second.meta.traverseCount == 1)
        let listed = try await fixture.document("memory_list", ["session": id])
        #expect(listed["memories"]?.array?.map { $0["key"] } == ["a", "b"])
    }

    static let wrong: [(String, JSONObject, String)] = [
        ("session_new", ["namespace": ""], "namespace: Too small: expected string to have >=1 characters"),
        ("session_new", ["namespace": 7], "namespace: Invalid input: expected string, received number"),
        ("memory_get", [:], "key: Invalid input: expected string, received undefined"),
        ("memory_get", ["key": ""], "key: Too small: expected string to have >=1 characters"),
        (
            "memory_get", ["key": .null, "output_format": "xml"],
            "key: Invalid input: expected string, received null, output_format: Invalid option: expected one of \"json\"|\"toon\""
        ),
        ("memory_get", ["key": "k", "session": ""], "session: Too small: expected string to have >=1 characters"),
        ("memory_update", ["key": "k"], "value: Invalid input: expected object, received undefined"),
        (
            "memory_rename", ["old_key": "", "new_key": ["a"]],
            "old_key: Too small: expected string to have >=1 characters, new_key: Invalid input: expected string, received array"
        ),
    ]

    /// Of members that the second version's tools dropped, whatever they held.
    private static let wrongValues: [(String, JSONObject, String)] = [
        (
            "memory_add", ["key": "k", "value": ["summary": 7, "keywords": "a"]],
            "value.summary: Invalid input: expected string, received number, value.text: Invalid input: expected string, "
                + "received undefined, value.keywords: Invalid input: expected array, received string"
        ),
        (
            "memory_add",
            [
                "key": "k",
                "value": ["summary": "s", "text": "t", "links": [["type": "odd", "term": "t", "weight": 2]]],
            ],
            "value.links.0.type: Invalid option: expected one of \"decision\"|\"constrained\"|\"bug\"|\"design\"|"
                + "\"assumption\"|\"experiment\", value.links.0.weight: Too big: expected number to be <=1"
        ),
    ]

    @Test(arguments: wrong) func wrongArgumentsAreNamed(tool: String, arguments: JSONObject, faults: String)
        async throws
    {
        try await checkFaults(tool, arguments, faults, Self.versions)
    }

    @Test(arguments: wrongValues) func wrongValuesAreNamed(tool: String, arguments: JSONObject, faults: String)
        async throws
    {
        try await checkFaults(tool, arguments, faults, [nil, .one])
        let two = try await fixture(.two)
        var right = arguments
        var value = arguments["value"]?.object ?? [:]
        (value["summary"], value["text"]) = ("s", "t")
        right["value"] = .object(value)
        #expect(try await two.call(tool, right).text == "success: true")
        let content = try #require(try await two.ledger.get(MemoryKey(key: "k"))).content
        #expect(content == MemoryContent(summary: "s", text: "t"))
    }

    private func checkFaults(
        _ tool: String, _ arguments: JSONObject, _ faults: String, _ versions: [CompatibleService.Version?]
    ) async throws {
        for version in versions {
            let fixture = try await fixture(version)
            let error = try await fixture.error(
                "tools/call", ["name": .string(tool), "arguments": .object(arguments)])
            #expect(error["code"] == -32602)
            #expect(
                error["message"]?.string == "MCP error -32602: Tool '\(tool)' parameter validation failed: \(faults). "
                    + "Please check the parameter types and values according to the tool's schema.")
        }
    }

    /// The old program wanted arguments even where none is needed.
    @Test func argumentsMayBeMissingToday() async throws {
        #expect(try await fixture(nil).result("tools/call", ["name": "session_new"])["isError"] == nil)
        for version in [CompatibleService.Version.one, .two] {
            let error = try await fixture(version).error("tools/call", ["name": "session_new"])
            #expect(
                error["message"]?.string?.contains("root: Invalid input: expected object, received undefined") == true)
        }
    }

    @Test func whatThereIsNotHasTheFormerCodes() async throws {
        for version in Self.versions {
            let fixture = try await fixture(version)
            let tool = try await fixture.error("tools/call", ["name": "memory_forget_all", "arguments": [:]])
            #expect(tool == ["code": -32601, "message": "MCP error -32601: Unknown tool: memory_forget_all"])
            let prompt = try await fixture.error("prompts/get", ["name": "sing"])
            #expect(prompt == ["code": -32601, "message": "MCP error -32601: Unknown prompt: sing"])
            let argument = try await fixture.error("prompts/get", ["name": "recall_memory"])
            #expect(argument["code"] == -32600)
        }
    }

    // MARK: Lists

    @Test(arguments: [CompatibleService.Version.one, .two]) func aVersionHasItsListsAndNoMore(
        version: CompatibleService.Version
    ) async throws {
        let fixture = try await fixture(version)
        let begun = try await fixture.result("initialize", ["protocolVersion": "2025-06-18"], version: "2025-06-18")
        #expect(begun["serverInfo"]?["name"] == "kvdb-mem")
        #expect(
            begun["capabilities"]?.object?.members.map(\.name) == [
                "tools", "resources", "prompts", "logging", "completions",
            ])
        let tools = try #require(try await fixture.result("tools/list")["tools"]?.array)
        let old: [JSONValue?] = ["session_new", "memory_add", "memory_get", "memory_update", "memory_rename"]
        let new: [JSONValue?] = ["memory_search", "memory_fulltext_search", "bulk_read_memory"]
        #expect(tools.map { $0["name"] } == old + (version == .two ? new : []))
        let inner = version == .one ? ["domain", "summary", "text", "type", "links", "keywords"] : ["summary", "text"]
        let expected: [[String]] =
            version == .one
            ? [
                ["namespace"], ["key", "value", "session", "output_format"], ["key", "session", "output_format"],
                ["key", "value", "session", "output_format"], ["old_key", "new_key", "session", "output_format"],
            ]
            : [
                ["namespace"], ["key", "value", "links", "session", "output_format"],
                ["key", "sortLinks", "session", "output_format"],
                ["key", "value", "links", "session", "output_format"],
                ["old_key", "new_key", "session", "output_format"],
                ["query", "limit", "offset", "sortLinks", "session", "output_format"],
                ["keywords", "operator", "limit", "offset", "sortLinks", "session", "output_format"],
                ["key", "depth", "breadth", "total", "sortLinks", "session", "output_format"],
            ]
        for (tool, names) in zip(tools, expected) {
            #expect(tool.object?.members.map(\.name) == ["name", "description", "inputSchema"])
            let schema = try #require(tool["inputSchema"])
            #expect(schema["$schema"] == "http://json-schema.org/draft-07/schema#")
            #expect(schema["additionalProperties"] == false)
            #expect(schema["properties"]?.object?.members.map(\.name) == names, "\(tool["name"] ?? .null)")
            if let value = schema["properties"]?["value"] {
                #expect(value["properties"]?.object?.members.map(\.name) == inner)
            }
        }
        let prompts = try #require(try await fixture.result("prompts/list")["prompts"]?.array)
        let names: [JSONValue?] =
            version == .one ? ["capture_memory", "recall_memory"] : ["capture_memory", "recall_memory", "memory_init"]
        #expect(prompts.map { $0["name"] } == names)
        for prompt in prompts { #expect(prompt["arguments"]?.array?.map { $0["required"] } == [true]) }
    }

    /// Byte for byte: a client of the old program may hold whatever it was told against what it is told now.
    @Test(arguments: [CompatibleService.Version.one, .two])
    func theListIsAsItWasWrittenDown(version: CompatibleService.Version) async throws {
        let name = version == .one ? "tools_compat_1" : "tools_compat_2"
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("\(name).json")
        let listed = JSONValue.object(try await fixture(version).result("tools/list")).indented + "\n"
        // To write it down once more, delete the file, and look at what has changed.
        guard let known = try? String(contentsOf: file, encoding: .utf8) else {
            try listed.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("\(file.lastPathComponent) was not there, and is now")
            return
        }
        #expect(listed.hasSameBytes(as: known))
    }

    @Test func promptsHaveTheirArgument() async throws {
        let fixture = try await fixture(.two)
        for (name, argument): (JSONValue, String) in [
            ("capture_memory", "key"), ("recall_memory", "key"), ("memory_init", "name"),
        ] {
            let result = try await fixture.result("prompts/get", ["name": name, "arguments": [argument: "Nova:x"]])
            let messages = try #require(result["messages"]?.array)
            #expect(messages.count == 1 && messages[0]["role"] == "user" && messages[0]["content"]?["type"] == "text")
            #expect(messages[0]["content"]?["text"]?.string?.contains("Nova:x") == true)
            #expect(try await fixture.error("prompts/get", ["name": name, "arguments": [:]])["code"] == -32600)
            #expect(
                try await fixture.error("prompts/get", ["name": name, "arguments": [argument: 7]])["code"] == -32600)
        }
        #expect(try await self.fixture(.one).error("prompts/get", ["name": "memory_init"])["code"] == -32601)
    }

    // MARK: Resources

    @Test(arguments: versions) func aResourceIsReadByItsURI(version: CompatibleService.Version?) async throws {
        let fixture = try await fixture(version)
        let content = MemoryContent(domain: "d", summary: "s", text: "t", type: "y", keywords: ["k"])
        try await fixture.ledger.add(MemoryKey(namespace: "work", key: "a/b c"), content)
        #expect(try await fixture.result("resources/list") == ["resources": []])
        let templates = try await fixture.result("resources/templates/list")["resourceTemplates"]?.array
        #expect(templates?.count == 1 && templates?[0]["uriTemplate"] == "memory://{namespace}/{key}")
        #expect(templates?[0]["name"] == "KVDB Memory" && templates?[0]["mimeType"] == "application/json")
        let read = try await fixture.result("resources/read", ["uri": "memory://work/a/b%20c"])
        let contents = try #require(read["contents"]?.array?.first)
        let uri: JSONValue =
            switch version {
            case nil: "memory://work/a/b%20c"
            case .one: "memory://work/a/b c"
            case .two: "memory://a/b c"
            }
        #expect(contents["uri"] == uri && contents["mimeType"] == "application/json")
        let expected: JSONValue = [
            "domain": "d", "summary": "s", "text": "t", "type": "y", "links": [], "keywords": ["k"],
        ]
        #expect(contents["text"]?.string == expected.indented)
        let memory = try await fixture.ledger.get(MemoryKey(namespace: "work", key: "a/b c"))
        #expect(memory?.meta.accessCount == 1)
    }

    @Test func aMissingResourceIsOneOrNone() async throws {
        for version in [CompatibleService.Version.one, .two] {
            let fixture = try await fixture(version)
            let read = try await fixture.result("resources/read", ["uri": "memory://mem/never"])
            let contents = try #require(read["contents"]?.array)
            #expect(contents.count == 1 && contents[0]["uri"] != nil && contents[0]["text"] == nil)
            #expect(try await fixture.error("resources/read", ["uri": "file:///x"])["code"] == -32601)
        }
        let fixture = try await fixture(nil)
        for uri in [
            "memory://mem/never", "file:///x", "memory://mem", "memory://", "memory:///k", "memory://mem/", "", "%",
        ] {
            let error = try await fixture.error("resources/read", ["uri": .string(uri)])
            #expect(error["code"] == -32002 && error["data"] == ["uri": .string(uri)], "\(uri)")
        }
        #expect(try await fixture.error("resources/read", [:])["code"] == -32602)
    }

    /// The revisions without a handshake are later than the old program, and have their own code for it.
    @Test(arguments: versions) func aMissingResourceHasTheCodeOfItsRevision(version: CompatibleService.Version?)
        async throws
    {
        let fixture = try await fixture(version)
        for uri in ["memory://mem/never", "file:///x", "other://mem/k", "memory://mem", "memory:/mem/k", "x"] {
            let error = try await fixture.error(
                "resources/read", ["uri": .string(uri)], version: MCPFixture.stateless)
            #expect(error["code"] == -32602 && error["data"] == ["uri": .string(uri)], "\(uri)")
        }
    }

    @Test(arguments: ["%e4%ff", "a%", "a%2", "a%zz", "%C3%BC"]) func percentSignsAreDecoded(key: String) async throws {
        let fixture = try await fixture(nil)
        try await fixture.ledger.add(MemoryKey(key: "ü"), MemoryContent(summary: "s"))
        let answer = try await fixture.request("resources/read", ["uri": .string("memory://mem/" + key)])
        #expect((answer["result"] != nil) == (key == "%C3%BC"))
    }
}
