import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// Goal: whatever is malformed gets a clear answer, and other clients notice nothing. Method: the real program, tables
/// of bodies and of frames, seeded damage, and a client that works all the time.
@Suite struct MalformedRequestTests {
    private static let paths = ["/login", "/add_memory", "/get_memory", "/update_memory", "/update_memory_key"]

    /// What can be parsed is answered as a request is, anything else as broken JSON.
    @Test func malformedBodiesGetAClearAnswer() async throws {
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            let (api, mcp) = (try await server.connect(), try await server.connect(mcp: true))
            for (name, body) in MalformedBodies.all {
                let isJSON = (try? JSONParser.parse(body)) != nil
                for path in Self.paths {
                    try await api.send(api.text("POST", path, headers: ["Content-Length": "\(body.count)"]))
                    try await api.send(body)
                    let answer = try await api.answer()
                    let json = try JSONValue(parsing: answer.text)
                    #expect([200, 400].contains(answer.status), "\(path) \(name): \(answer)")
                    if isJSON { continue }
                    let message = path == "/add_memory" ? "JSON parsed error" : "invalid json"
                    // A mark before the text is none of JSON's, and JavaScript does not mind halves of pairs.
                    guard answer.status == 400, json["message"]?.string != nil else { continue }
                    #expect(json == ["success": false, "message": .string(message)], "\(path) \(name): \(answer)")
                }
                var headers = MCPMessage.headers
                headers["Content-Length"] = "\(body.count)"
                try await mcp.send(mcp.text("POST", "/mcp", headers: headers))
                try await mcp.send(body)
                let answer = try await mcp.answer()
                let json = try JSONValue(parsing: answer.text)
                #expect([200, 400].contains(answer.status) && json["jsonrpc"] == "2.0", "\(name): \(answer)")
                if !isJSON { #expect(json["error"]?["code"] == -32700 && json["id"] == .null, "\(name): \(answer)") }
            }
        }
    }

    @Test func wrongTypesAreNamed() async throws {
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            let connection = try await server.connect()
            #expect(MalformedBodies.wrongTypes.count > 300)
            for (path, body) in MalformedBodies.wrongTypes {
                let answer = try await connection.request("POST", path, body.description)
                let json = try JSONValue(parsing: answer.text)
                #expect([200, 400].contains(answer.status), "\(path) \(body): \(answer)")
                // Some are right after all, but for the session.
                guard json["success"] == false, path != "/login" else { continue }
                let issues = json["message"]?.array
                #expect(
                    json["message"] == "invalid session" || issues?.isEmpty == false, "\(path) \(body): \(answer)")
                for issue in issues ?? [] {
                    #expect(issue["code"]?.string != nil && issue["path"]?.array != nil)
                    #expect(issue["message"]?.string?.isEmpty == false)
                }
            }
        }
    }

    private static let body = "{\"namespace\":\"mem\"}"
    private static let host = "Host: localhost\r\n"

    private static func post(_ headers: String, _ body: String = body) -> String {
        "POST /login HTTP/1.1\r\n\(host)\(headers)\r\n\r\n\(body)"
    }

    /// What says of its length what cannot be, and what is no HTTP: never done, and the connection ends.
    private static let frames: [String] = [
        post("Content-Length: -1"), post("Content-Length: +19"), post("Content-Length: 0x13"),
        post("Content-Length: 19 19"), post("Content-Length: 19, 20"), post("Content-Length: 1e1"),
        post("Content-Length: "), post("Content-Length: 99999999999999999999999"),
        post("Content-Length: 19\r\nContent-Length: 20"), post("Content-Length: 0\r\nContent-Length: 19"),
        // Longer than what comes.
        post("Content-Length: 20"), post("Content-Length: 9000"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 19", "13\r\n\(body)\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "zz\r\n\(body)\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "-1\r\n\(body)\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "ffffffffffffffffff\r\n\(body)"),
        post("Transfer-Encoding: chunked", "13\r\n\(body)garbage\r\n0\r\n\r\n"),
        post("Transfer-Encoding: chunked", "13\r\n\(body)"), post("Transfer-Encoding: chunked", "13\r\n\(body)\r\n0"),
        post("Transfer-Encoding: chunked", ""), post("Transfer-Encoding: chunked", "\r\n\r\n\r\n"),
        post("Transfer-Encoding: xchunked", "13\r\n\(body)\r\n0\r\n\r\n"),
        post("Content Length: 19"), post("Content-Length : 19"), post(": 19"), post("no colon at all"),
        post("X: a\u{0}b\r\nContent-Length: 19"), post("X: \(String(repeating: "x", count: 70_000))"),
        post((0..<4_000).map { "X-\($0): \($0)" }.joined(separator: "\r\n")),
        "POST /login HTTP/1.1\r\nContent-Length: 19\r\n\r\n\(body)",
        "POST /login HTTP/9.9\r\n\(host)Content-Length: 19\r\n\r\n\(body)",
        "POST /login\r\n\(host)\r\n", "POST\r\n\r\n", "/login\r\n\r\n", " \r\n\r\n", "POST  /login  HTTP/1.1\r\n\r\n",
        "P\u{1}ST /login HTTP/1.1\r\n\(host)\r\n", "POST /lo\u{0}gin HTTP/1.1\r\n\(host)\r\n",
        "GET * HTTP/1.1\r\n\(host)\r\n", "GET ?? HTTP/1.1\r\n\(host)\r\n", "GET http://[ HTTP/1.1\r\n\(host)\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "EHLO localhost\r\n", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
        String(repeating: "A", count: 200_000), String(repeating: "\r\n", count: 1_000),
        String(repeating: "GET / HTTP/1.1\r\n", count: 1_000),
    ]

    @Test func malformedFramesEndTheirConnectionOnly() async throws {
        let server = try await RunningServer()
        let tls: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]
        try await SteadyClient.works(beside: server) {
            for frame in Self.frames.map({ Array($0.utf8) }) + [tls, tls + Array(repeating: 0xff, count: 5_000)] {
                let name = String(decoding: frame.prefix(120), as: UTF8.self)
                for mcp in [false, true] {
                    let connection = try await server.connect(mcp: mcp)
                    // It may be refused before all of it is sent.
                    try? await connection.send(frame)
                    connection.finishSending()
                    for answer in await connection.remainingAnswers() {
                        #expect((400..<500).contains(answer.status), "\(name): \(answer.status) \(answer.text)")
                    }
                }
            }
        }
    }

    /// The first request is right, and done; what follows in the same connection is not.
    @Test func garbageBehindARequestIsAnsweredByItself() async throws {
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            for garbage in Self.frames + [String(Self.body.dropLast())] {
                let connection = try await server.connect()
                try? await connection.send(connection.text("POST", "/login", Self.body) + garbage)
                connection.finishSending()
                let answers = await connection.remainingAnswers()
                #expect(answers.first?.status == 200, "\(garbage.prefix(120)): \(answers.map(\.status))")
                for answer in answers.dropFirst() {
                    #expect((400..<500).contains(answer.status), "\(garbage.prefix(120)): \(answer)")
                }
            }
            // A length that is too short makes the rest of the body the next request.
            let connection = try await server.connect()
            try await connection.send(Self.post("Content-Length: 5"))
            connection.finishSending()
            let statuses = await connection.remainingAnswers().map(\.status)
            #expect(statuses.first == 400 && statuses.allSatisfy { (400..<500).contains($0) }, "\(statuses)")
        }
    }

    @Test(arguments: 1...3) func damagedRequestsGetAnAnswerOrNone(seed: UInt64) async throws {
        let server = try await RunningServer()
        let session = try await server.login("damaged")
        let sample = try await server.connect()
        let value: JSONValue = [
            "summary": "s", "text": "t", "links": [["type": "bug", "term": "t", "weight": 0.5]],
        ]
        let bodies: [(String, JSONValue)] = [
            ("/login", ["namespace": "damaged"]),
            ("/add_memory", ["session": .string(session), "key": "k", "value": value]),
            ("/get_memory", ["session": .string(session), "key": "k"]),
            ("/update_memory", ["session": .string(session), "key": "k", "value": ["text": "x"]]),
            ("/update_memory_key", ["session": .string(session), "old_key": "k", "new_key": "l"]),
            ("/mcp", MCPMessage.call("memory_add", ["key": "k", "value": value])),
            ("/mcp", MCPMessage.call("memory_list", ["limit": 5])),
        ]
        let requests = bodies.map { path, body in
            sample.text("POST", path, body.description, headers: path == "/mcp" ? MCPMessage.headers : [:])
        }
        try await SteadyClient.works(beside: server) {
            var random = SplitMix(seed: seed)
            for round in 0..<250 {
                let chosen = round % requests.count
                let request = MalformedBodies.damaged(Array(requests[chosen].utf8), &random)
                let connection = try await server.connect(mcp: bodies[chosen].0 == "/mcp")
                try? await connection.send(request)
                connection.finishSending()
                for answer in await connection.remainingAnswers() {
                    #expect(answer.status < 500, "seed \(seed), round \(round): \(answer)")
                }
            }
        }
    }

    /// Two requests of one id, in one connection, in two, and in one batch: each gets its own answer.
    @Test func collidingIDsAreToldApart() async throws {
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            for key in ["a", "b"] {
                let add = MCPMessage.call(
                    "memory_add", ["key": .string(key), "value": ["summary": .string(key), "text": ""]])
                _ = try await server.request("POST", "/mcp", add.description, headers: MCPMessage.headers, mcp: true)
            }
            func get(_ key: String) -> String {
                MCPMessage.call("memory_get", ["key": .string(key), "output_format": "json"], id: 7).description
            }
            func summary(_ answer: TestConnection.Answer) throws -> String? {
                let json = try JSONValue(parsing: answer.text)
                #expect(json["id"] == 7)
                let text = json["result"]?["content"]?.array?.first?["text"]?.string ?? ""
                return try JSONValue(parsing: text)["data"]?["summary"]?.string
            }
            let one = try await server.connect(mcp: true)
            let texts = ["a", "b"].map { one.text("POST", "/mcp", get($0), headers: MCPMessage.headers) }
            try await one.send(texts.joined())
            for key in ["a", "b"] { #expect(try summary(await one.answer()) == key) }
            let two = [try await server.connect(mcp: true), try await server.connect(mcp: true)]
            for (connection, text) in zip(two, texts) { try await connection.send(text) }
            for (connection, key) in zip(two, ["a", "b"]) { #expect(try summary(await connection.answer()) == key) }
            var headers = MCPMessage.headers
            headers["MCP-Protocol-Version"] = "2025-03-26"
            let batch = try await server.request(
                "POST", "/mcp", "[\(get("a")),\(get("b"))]", headers: headers, mcp: true)
            let answers = try #require(try JSONValue(parsing: batch.text).array, "\(batch.text)")
            #expect(answers.count == 2 && answers[0]["id"] == 7 && answers[0]["result"] != nil)
            #expect(answers[1]["id"] == .null && answers[1]["error"]?["code"] == -32600)
        }
    }
}
