import EventLog
import EventLogTesting
import LedgerService
import MemoryLedger
import Testing

/// Goal: every route answers as the old program does. Method: each row of its table, with both versions: what succeeds,
/// and what is refused, in the order of the checks, byte for byte.
@Suite struct CompatibleRoutesTests {
    /// Nil: those of both versions' clients are served.
    static let versions: [CompatibleService.Version?] = [nil, .one, .two]
    /// Those that know links beside a value, and their sorting.
    private static let linking: [CompatibleService.Version?] = [nil, .two]
    static let paths = ["/login", "/add_memory", "/get_memory", "/update_memory", "/update_memory_key"]

    private static func wrong(_ expected: String, _ path: String, _ received: String) -> String {
        #"{"expected":"\#(expected)","code":"invalid_type","path":[\#(path)],"message":"#
            + #""Invalid input: expected \#(expected), received \#(received)"}"#
    }

    private static func failure(_ message: String) -> String { #"{"success":false,"message":"\#(message)"}"# }

    // MARK: What succeeds

    @Test(arguments: versions) func aClientsWay(version: CompatibleService.Version?) async throws {
        let test = try await ServiceLedger(version)
        let login = await test.post("/login", ["namespace": "proj"])
        let session = login.json?["data"]?.string ?? ""
        #expect(login == Reply(200, #"{"success":true,"data":"\#(session)"}"#) && session.utf8.count == 32)

        let content: JSONValue = [
            "domain": "ui", "summary": "S", "text": "T", "type": "decision", "keywords": ["a"],
            "links": [
                ["term": "t", "type": "design", "key": "b", "weight": 0.25, "x": 1], ["type": "bug", "term": "u"],
            ],
        ]
        let add = await test.post("/add_memory", ["session": .string(session), "key": "a", "value": content])
        #expect(add == Reply(200, #"{"success":true}"#))
        let plain: JSONValue = ["summary": "About b", "text": ""]
        let second = await test.post("/add_memory", ["session": .string(session), "key": "b", "value": plain])
        #expect(second.status == 200)

        let links = [
            #"{"type":"design","key":"b","term":"t","weight":0.25,"summary":"About b"}"#,
            #"{"type":"bug","term":"u","weight":0.5,"summary":"关联记忆不存在"}"#,
        ]
        let shown = version == .two ? links.reversed() : links
        let get = await test.post("/get_memory", ["session": .string(session), "key": "a"])
        #expect(
            get
                == Reply(
                    200,
                    #"{"success":true,"data":{"domain":"ui","summary":"S","text":"T","type":"decision","links":["#
                        + shown.joined(separator: ",") + #"],"keywords":["a"]}}"#))
        // What was left out is there, empty.
        let other = await test.post("/get_memory", ["session": .string(session), "key": "proj:b"])
        #expect(
            other
                == Reply(
                    200,
                    #"{"success":true,"data":{"domain":"","summary":"About b","text":"","type":"","links":[],"#
                        + #""keywords":[]}}"#))

        let update = await test.post(
            "/update_memory", ["session": .string(session), "key": "a", "value": ["text": "New", "x": 1]])
        #expect(update == Reply(200, #"{"success":true,"data":{"key":"a"}}"#))
        let nothing = await test.post("/update_memory", ["session": .string(session), "key": "a", "value": [:]])
        #expect(nothing == Reply(200, #"{"success":true,"data":{"key":"a"}}"#))
        let rename = await test.post(
            "/update_memory_key", ["session": .string(session), "old_key": "a", "new_key": "c"])
        #expect(rename == Reply(200, #"{"success":true,"data":{"old_key":"a","new_key":"c"}}"#))

        let memory = try await test.ledger.get(MemoryKey(namespace: "proj", key: "c"))
        #expect(memory?.content.text == "New" && memory?.content.links.count == 2 && memory?.content.domain == "ui")
        #expect(memory?.content.links.first?.extra.isEmpty == true)
        await test.ledger.close()
    }

    /// Beside the value as the second version has them; in both places those in the value count.
    @Test(arguments: linking) func linksInBothPlaces(version: CompatibleService.Version?) async throws {
        let test = try await ServiceLedger(version)
        let session = JSONValue.string(try await test.session())
        let inside: JSONValue = [["type": "bug", "term": "inside"]]
        let beside: JSONValue = [["type": "bug", "term": "beside"]]
        func terms(_ key: String) async throws -> [String]? {
            try await test.ledger.get(MemoryKey(key: key))?.content.links.map(\.term)
        }
        func add(_ key: String, _ value: JSONObject, _ links: JSONValue?) async -> Int {
            var value = value
            (value["summary"], value["text"]) = ("s", "t")
            var body: JSONObject = ["session": session, "key": .string(key), "value": .object(value)]
            if let links { body["links"] = links }
            return await test.post("/add_memory", .object(body)).status
        }
        #expect(await add("a", ["links": inside], nil) == 200)
        #expect(await add("b", [:], beside) == 200)
        #expect(await add("c", ["links": inside], beside) == 200)
        #expect(await add("d", ["links": []], beside) == 200)
        #expect(
            try await [terms("a"), terms("b"), terms("c"), terms("d")] == [["inside"], ["beside"], ["inside"], []])
        let update = await test.post(
            "/update_memory", ["session": session, "key": "a", "value": ["text": "x"], "links": beside])
        #expect(update.status == 200)
        #expect(try await terms("a") == ["beside"])
        let kept = await test.post("/update_memory", ["session": session, "key": "b", "value": ["text": "x"]])
        #expect(kept.status == 200)
        #expect(try await terms("b") == ["beside"])
        await test.ledger.close()
    }

    /// A second write of a key replaces what it held, and its statistics begin again.
    @Test func anAddReplaces() async throws {
        let test = try await ServiceLedger()
        let session = JSONValue.string(try await test.session())
        let body: JSONValue = ["session": session, "key": "a", "value": ["summary": "one", "text": "", "domain": "d"]]
        _ = await test.post("/add_memory", body)
        _ = await test.post("/get_memory", ["session": session, "key": "a"])
        #expect(try await test.meta("a").accessCount == 1)
        let again: JSONValue = ["session": session, "key": "a", "value": ["summary": "two", "text": ""]]
        #expect(await test.post("/add_memory", again) == Reply(200, #"{"success":true}"#))
        let memory = try await test.ledger.get(MemoryKey(key: "a"))
        #expect(memory?.content.summary == "two" && memory?.content.domain == "" && memory?.meta.accessCount == 0)
        await test.ledger.close()
    }

    /// As stored unless the second version is asked for, which sorts by weight; either way if it is asked for.
    @Test(arguments: linking) func linksAreSorted(version: CompatibleService.Version?) async throws {
        let test = try await ServiceLedger(version)
        let session = JSONValue.string(try await test.session())
        let keys = [("b", 0.5), ("B", 0.5), ("_", 0.5), ("9", 0.5), ("top", 1), ("a", 0.5)]
        let links = JSONValue.array(
            keys.map { ["type": "bug", "key": .string($0.0), "term": "t", "weight": JSONValue($0.1)] }
                + [["type": "bug", "term": "none"]])
        let add: JSONValue = ["session": session, "key": "x", "value": ["summary": "", "text": "", "links": links]]
        #expect(await test.post("/add_memory", add).status == 200)
        let stored = ["b", "B", "_", "9", "top", "a", "-"]
        let sorted = ["top", "-", "_", "9", "a", "b", "B"]
        func shown(_ flag: JSONValue?) async -> [String]? {
            var body: JSONObject = ["session": session, "key": "x"]
            if let flag { body["sortLinks"] = flag }
            let reply = await test.post("/get_memory", .object(body))
            return reply.json?["data"]?["links"]?.array?.map { $0["key"]?.string ?? "-" }
        }
        #expect(await shown(nil) == (version == .two ? sorted : stored))
        #expect(await shown("") == (version == .two ? sorted : stored))
        #expect(await shown(true) == sorted)
        #expect(await shown(" True ") == sorted)
        #expect(await shown("false") == stored)
        await test.ledger.close()
    }

    // MARK: What is refused

    @Test(arguments: paths, ["", "{", "nothing", "{\"session\":\"\u{1}\"}", #"{"a":1}x"#, "\u{0}", "{'a':1}", "1e"])
    func brokenJSON(path: String, text: String) async throws {
        let test = try await ServiceLedger()
        let message = path == "/add_memory" ? "JSON parsed error" : "invalid json"
        #expect(await test.post(path, text: text) == Reply(400, Self.failure(message)))
        let deep = String(repeating: "[", count: 100_000)
        #expect(await test.post(path, text: deep) == Reply(400, Self.failure(message)))
        let bytes: [UInt8] = Array(#"{"session":""#.utf8) + [0xff, 0xfe] + Array("\"}".utf8)
        let reply = await test.send(ServiceRequest("POST", path, body: bytes, by: ServiceLedger.owner))
        #expect(reply == Reply(400, Self.failure(message)))
        await test.ledger.close()
    }

    private static let issues: [(path: String, body: String, issues: [String])] = [
        (
            "/add_memory", "{}",
            [
                wrong("string", #""session""#, "undefined"), wrong("string", #""key""#, "undefined"),
                wrong("object", #""value""#, "undefined"),
            ]
        ),
        (
            "/add_memory", #"{"session":"s","key":"k","value":{"domain":1,"type":null,"keywords":["a",2]}}"#,
            [
                wrong("string", #""value","domain""#, "number"), wrong("string", #""value","summary""#, "undefined"),
                wrong("string", #""value","text""#, "undefined"), wrong("string", #""value","type""#, "null"),
                wrong("string", #""value","keywords",1"#, "number"),
            ]
        ),
        ("/get_memory", "[]", [wrong("object", "", "array")]),
        ("/get_memory", "{}", [wrong("string", #""key""#, "undefined"), wrong("string", #""session""#, "undefined")]),
        (
            "/update_memory", #"{"key":1,"value":{"text":2}}"#,
            [
                wrong("string", #""session""#, "undefined"), wrong("string", #""key""#, "number"),
                wrong("string", #""value","text""#, "number"),
            ]
        ),
        (
            "/update_memory_key", "true",
            [wrong("object", "", "boolean")]
        ),
        (
            "/update_memory_key", #"{"new_key":"a"}"#,
            [wrong("string", #""session""#, "undefined"), wrong("string", #""old_key""#, "undefined")]
        ),
    ]

    private static let linkIssues: [(path: String, body: String, issues: [String])] = [
        (
            "/add_memory", #"{"session":"s","key":"k","value":{"summary":"","text":""},"links":3}"#,
            [wrong("array", #""links""#, "number")]
        ),
        (
            "/get_memory", #"{"key":"a","session":"s","sortLinks":1}"#,
            [
                #"{"expected":"boolean","code":"invalid_type","path":["sortLinks"],"message":"#
                    + #""sortLinks must be true or false"}"#
            ]
        ),
    ]

    /// For the first version they are no more than members that it does not know.
    @Test(arguments: linking, linkIssues)
    func issuesOfWhatTheSecondVersionBrought(
        version: CompatibleService.Version?, row: (path: String, body: String, issues: [String])
    ) async throws {
        try await issuesComeBeforeSessions(version: version, row: row)
        let first = try await ServiceLedger(.one)
        #expect(await first.post(row.path, text: row.body).json?["message"] == "invalid session")
        await first.ledger.close()
    }

    @Test(arguments: versions, issues)
    func issuesComeBeforeSessions(
        version: CompatibleService.Version?, row: (path: String, body: String, issues: [String])
    ) async throws {
        let test = try await ServiceLedger(version)
        let expected = #"{"success":false,"message":[\#(row.issues.joined(separator: ","))]}"#
        #expect(await test.post(row.path, text: row.body) == Reply(400, expected))
        await test.ledger.close()
    }

    /// The issues are a text there, over several lines.
    @Test func theIssuesOfALoginAreAText() async throws {
        let test = try await ServiceLedger()
        let reply = await test.post("/login", ["namespace": 1])
        let message = """
            [
              {
                "expected": "string",
                "code": "invalid_type",
                "path": [
                  "namespace"
                ],
                "message": "Invalid input: expected string, received number"
              }
            ]
            """
        #expect(reply.status == 400 && reply.json == ["success": false, "message": .string(message)])
        await test.ledger.close()
    }

    /// The first version drops members that it does not know, the second refuses them in what is added.
    @Test(arguments: versions) func unknownMembers(version: CompatibleService.Version?) async throws {
        let test = try await ServiceLedger(version)
        let session = JSONValue.string(try await test.session())
        let reply = await test.post(
            "/add_memory",
            ["session": session, "key": "a", "value": ["summary": "", "text": "", "foo": 1], "beside": 2])
        let refused =
            #"{"success":false,"message":[{"code":"unrecognized_keys","keys":["foo"],"path":["value"],"#
            + #""message":"Unrecognized key: \"foo\""}]}"#
        #expect(reply == (version == .two ? Reply(400, refused) : Reply(200, #"{"success":true}"#)))
        await test.ledger.close()
    }

    @Test(arguments: versions) func sessionsThatAreNone(version: CompatibleService.Version?) async throws {
        let test = try await ServiceLedger(version)
        let ended = JSONValue.string(try await test.session())
        test.clock.advance(by: .milliseconds(KVSessions.lifetimeMilliseconds))
        for session in [ended, "", "nothing"] {
            let value: JSONValue = ["summary": "", "text": ""]
            let add = await test.post("/add_memory", ["session": session, "key": "a", "value": value])
            #expect(add == Reply(400, Self.failure("invalid session")))
            let get = await test.post("/get_memory", ["session": session, "key": "a"])
            #expect(get == Reply(200, Self.failure("invalid session")))
            let update = await test.post("/update_memory", ["session": session, "key": "a", "value": value])
            #expect(update == Reply(200, Self.failure("invalid session")))
            let rename = await test.post("/update_memory_key", ["session": session, "old_key": "a", "new_key": "a"])
            #expect(rename == Reply(200, Self.failure("invalid session")))
        }
        await test.ledger.close()
    }

    @Test(arguments: versions) func memoriesThatAreNone(version: CompatibleService.Version?) async throws {
        let test = try await ServiceLedger(version)
        try await test.ledger.add(MemoryKey(key: "a"), MemoryContent(summary: "A"))
        try await test.ledger.add(MemoryKey(key: "b"), MemoryContent(summary: "B"))
        let session = JSONValue.string(try await test.session())
        let none = Reply(200, Self.failure("memory not found"))
        for key in ["none", "", String(repeating: "k", count: 5_000), "a\u{0}b", "with:colon"] {
            #expect(await test.post("/get_memory", ["session": session, "key": .string(key)]) == none)
            let update = await test.post("/update_memory", ["session": session, "key": .string(key), "value": [:]])
            #expect(update == none)
            let rename: JSONValue = ["session": session, "old_key": .string(key), "new_key": "b"]
            #expect(await test.post("/update_memory_key", rename) == none)
        }
        func rename(_ old: String, _ new: String) async -> Reply {
            await test.post(
                "/update_memory_key", ["session": session, "old_key": .string(old), "new_key": .string(new)])
        }
        #expect(await rename("none", "none") == Reply(200, Self.failure("old_key and new_key must be different")))
        #expect(await rename("a", "b") == Reply(200, Self.failure("key already exists")))
        // Both mean the same memory.
        #expect(await rename("a", "mem:a") == Reply(200, Self.failure("key already exists")))
        #expect(try await test.ledger.get(MemoryKey(key: "a"))?.content.summary == "A")
        await test.ledger.close()
    }

    /// What the old program took and this one does not, as a failure in its form.
    @Test func limitsAreFailures() async throws {
        let test = try await ServiceLedger()
        let session = JSONValue.string(try await test.session())
        let value: JSONValue = ["summary": "", "text": ""]
        let keys: [(key: String, message: String)] = [
            ("", "The key has 0 bytes; allowed are 1 to 1024 (key_bytes)."),
            (String(repeating: "k", count: 1_025), "The key has 1025 bytes; allowed are 1 to 1024 (key_bytes)."),
            ("a\u{0}b\n", "The key has 2 control characters, which are not allowed."),
        ]
        try await test.ledger.add(MemoryKey(key: "a"), MemoryContent())
        for (key, message) in keys {
            let add = await test.post("/add_memory", ["session": session, "key": .string(key), "value": value])
            #expect(add == Reply(400, Self.failure(message)))
            let rename = await test.post(
                "/update_memory_key", ["session": session, "old_key": "a", "new_key": .string(key)])
            #expect(rename == Reply(400, Self.failure(message)))
        }
        for name in ["", String(repeating: "n", count: 257), "a\u{7f}"] {
            let login = await test.post("/login", ["namespace": .string(name)])
            #expect(login.status == 400 && login.json?["success"] == false, "\(login)")
        }
        await test.ledger.close()
    }

    @Test func otherPathsAndMethods() async throws {
        let test = try await ServiceLedger()
        let nothing = Reply(404, "", type: nil)
        for path in Self.paths {
            for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "post"] {
                #expect(await test.send(ServiceRequest(method, path, by: ServiceLedger.owner)) == nothing)
            }
            #expect(await test.post(path + "/", [:]) == nothing)
            #expect(await test.post(path.uppercased(), [:]) == nothing)
        }
        for path in ["/", "", "/api/memories/stats", "/api/health/memory-system", "/login/x", "//login", "/%00"] {
            #expect(await test.post(path, [:]) == nothing)
            #expect(await test.send(ServiceRequest("GET", path, by: ServiceLedger.owner)) == nothing)
        }
        await test.ledger.close()
    }

    /// A byte order mark is none of JSON's, and half a character becomes another one.
    @Test func whatJavaScriptReads() async throws {
        let test = try await ServiceLedger()
        let session = try await test.session()
        #expect(await test.post("/login", text: "\u{feff}{\"namespace\":\"a\"}").status == 200)
        let text =
            #"{"session":"\#(session)","key":"a","value":{"summary":"cut \ud83d","text":"\u0000","text":"last"}}"#
        #expect(await test.post("/add_memory", text: text).status == 200)
        let memory = try await test.ledger.get(MemoryKey(key: "a"))
        #expect(memory?.content.summary == "cut \u{fffd}" && memory?.content.text == "last")
        await test.ledger.close()
    }
}

extension Reply {
    init(_ status: Int, _ text: String, type: String? = "application/json;charset=utf-8") {
        (self.status, self.text, self.type) = (status, text, type)
    }
}
