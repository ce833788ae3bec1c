import Foundation
import MemoryLedger
import Testing

/// Goal: heads are read as RFC 9112 has them, and what is no request gets a clear answer, after which its connection
/// ends. Method: the real program, and bytes on sockets.
@Suite struct ProtocolTests {
    private static let login = "{\"namespace\":\"mem\"}"

    private static func post(_ target: String, _ version: String = "1.1", _ headers: String...) -> String {
        let lines = (headers + ["Content-Length: \(login.utf8.count)"]).map { $0 + "\r\n" }.joined()
        return "POST \(target) HTTP/\(version)\r\n\(lines)\r\n\(login)"
    }

    /// The answer is what every other refusal is: JSON with a sentence.
    private static func expectRefusal(
        _ answer: TestConnection.Answer, _ status: Int, _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(answer.headers["content-type"] == "application/json;charset=utf-8", sourceLocation: sourceLocation)
        #expect(answer.headers["connection"] == "close", "\(answer)", sourceLocation: sourceLocation)
        let json = try JSONValue(parsing: answer.text)
        #expect(json["success"] == false, sourceLocation: sourceLocation)
        #expect(json["message"]?.string?.contains(words) == true, "\(json)", sourceLocation: sourceLocation)
    }

    @Test func whatIsNoRequestIsSaidAndItsConnectionEnds() async throws {
        let server = try await RunningServer("--max-header-bytes", "2000", "--max-url-bytes", "300")
        let long = String(repeating: "a", count: 400)
        let requests: [(bytes: String, status: Int, words: String)] = [
            ("garbage\r\n\r\n", 400, "no HTTP"), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, "HTTP/1.1"),
            ("GET /\u{0} HTTP/1.1\r\n\r\n", 400, "no HTTP"),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n", 400, "a header"),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "a", count: 70_000))", 431, "2000 bytes"),
            ("GET /\(long) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "300 bytes"),
            ("GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\n", 414, "2000 bytes"),
            ("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400, "length"),
            (
                "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400,
                "length"
            ),
            ("POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "body"),
            ("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "no proxy"),
        ]
        for (bytes, status, words) in requests {
            let connection = try await server.connect()
            try? await connection.send(bytes)
            try Self.expectRefusal(try await connection.answer(), status, words)
            #expect(try await connection.isClosed(), "\(bytes.prefix(60))")
        }
        try await server.stop()
    }

    /// It is answered behind what came before it, and nothing behind it is.
    @Test func garbageBehindARequestIsAnsweredBehindIt() async throws {
        let server = try await RunningServer()
        let connection = try await server.connect()
        let good = connection.text("POST", "/login", Self.login)
        try await connection.send(good + good + "garbage\r\n\r\n" + good)
        for _ in 0..<2 { #expect(try await connection.answer().status == 200) }
        try Self.expectRefusal(try await connection.answer(), 400, "no HTTP")
        #expect(try await connection.isClosed())
        try await server.stop()
    }

    @Test func eachRequestHasOneHost() async throws {
        let server = try await RunningServer("--allowed-hosts", "ledger.example")
        let refused: [(headers: [String], words: String)] = [
            ([], "no Host"), (["Host: localhost", "Host: localhost"], "more than one"),
            (["Host: localhost", "host: evil.example"], "more than one"), (["Host:"], "no name"),
            (["Host: a b"], "no name"), (["Host: localhost:x"], "no name"), (["Host: [::1"], "no name"),
            (["Host: localhost, evil.example"], "no name"), (["Host: user@localhost"], "no name"),
        ]
        for (headers, words) in refused {
            let connection = try await server.connect()
            let lines = headers.map { $0 + "\r\n" }.joined()
            try await connection.send("GET /healthz HTTP/1.1\r\n\(lines)\r\n")
            try Self.expectRefusal(try await connection.answer(), 400, words)
        }
        for host in ["localhost.", "LEDGER.example.:80", "[0:0::1]:3000", "127.0.0.1"] {
            let answer = try await server.request("POST", "/login", Self.login, headers: ["Host": host])
            #expect(answer.status == 200, "\(host): \(answer.text)")
        }
        try await server.stop()
    }

    /// The host of an absolute target counts, not that of the header.
    @Test func anAbsoluteTargetSaysWhichHostIsMeant() async throws {
        let server = try await RunningServer()
        let cases: [(target: String, host: String, status: Int)] = [
            ("http://localhost/login", "evil.example", 200), ("HTTP://127.0.0.1:1/login", "evil.example", 200),
            ("http://evil.example/login", "localhost", 403), ("http://localhost", "localhost", 404),
            ("http://localhost?/login", "localhost", 404), ("http://evil.example@localhost/login", "localhost", 400),
            ("http://localhost@evil.example/login", "localhost", 400), ("http:///login", "localhost", 400),
            ("ftp://localhost/login", "localhost", 400), ("login", "localhost", 400),
        ]
        for (target, host, status) in cases {
            let connection = try await server.connect()
            try await connection.send(Self.post(target, "1.1", "Host: \(host)"))
            let answer = try await connection.answer()
            #expect(answer.status == status, "\(target): \(answer.text)")
        }
        try await server.stop()
    }

    @Test func aConnectionOfTheOldVersionEndsBehindItsAnswer() async throws {
        let server = try await RunningServer()
        let old = try await server.connect()
        try await old.send(Self.post("/login", "1.0", "Host: localhost"))
        let answer = try await old.answer()
        #expect(answer.status == 200 && answer.headers["connection"] == "close", "\(answer)")
        #expect(try await old.isClosed())
        let kept = try await server.connect()
        for _ in 0..<2 {
            try await kept.send(Self.post("/login", "1.0", "Host: localhost", "Connection: keep-alive"))
            let answer = try await kept.answer()
            #expect(answer.status == 200 && answer.headers["connection"] == "keep-alive", "\(answer)")
        }
        try await server.stop()
    }

    /// A client that offers another protocol is answered by this one; what it sends next would not be read.
    @Test func anOfferOfAnotherProtocolEndsTheConnection() async throws {
        let server = try await RunningServer()
        let connection = try await server.connect()
        try await connection.send(
            Self.post("/login", "1.1", "Host: localhost", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"))
        let answer = try await connection.answer()
        #expect(answer.status == 200 && answer.headers["connection"] == "close", "\(answer)")
        #expect(try await connection.isClosed())
        try await server.stop()
    }

    /// One body that is not done takes what others would need; none is counted for what it only announces.
    @Test func bodiesTogetherHaveALimit() async throws {
        // On a busy machine it may take long until the rest of the slow body comes.
        let server = try await RunningServer(
            "--max-body-bytes", "2000", "--max-total-body-bytes", "3000", "--request-timeout", "600", "--idle-timeout",
            "600")
        let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n"
        let (slow, idle) = (try await server.connect(), try await server.connect())
        try await slow.send(head + Self.login + String(repeating: " ", count: 1_900 - Self.login.utf8.count))
        try await idle.send(head)
        while try await !server.request("GET", "/metrics").text.contains("memledger_request_body_bytes 1900\n") {
            try await Task.sleep(for: .milliseconds(5))
        }
        let large = Self.login + String(repeating: " ", count: 1_500)
        let refused = try await server.request("POST", "/login", large)
        try Self.expectRefusal(refused, 503, "other requests")
        #expect(refused.headers["retry-after"] == "1")
        #expect(try await server.request("POST", "/login", Self.login).status == 200)
        try await slow.send(String(repeating: " ", count: 100))
        #expect(try await slow.answer().status == 200)
        #expect(try await server.request("POST", "/login", large).status == 200)
        #expect(try await server.request("GET", "/metrics").text.contains("memledger_request_body_bytes 0\n"))
        try await server.stop()
    }

    @Test func whatCameThroughAProxyNeedsAToken() async throws {
        let names = ["Forwarded", "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "X-Real-IP", "Via"]
        let server = try await RunningServer()
        for name in names {
            for (path, mcp) in [("/login", false), ("/metrics", false), ("/mcp", true)] {
                let answer = try await server.request("POST", path, Self.login, headers: [name: "127.0.0.1"], mcp: mcp)
                #expect(answer.status == 403 && answer.text.contains("--allow-forwarded"), "\(name) \(answer.text)")
            }
        }
        #expect(try await server.request("GET", "/healthz", headers: ["Via": "1.1 a"]).status == 200)
        try await server.stop()
        let allowing = try await RunningServer("--allow-forwarded")
        let answer = try await allowing.request("POST", "/login", Self.login, headers: ["Via": "1.1 a"])
        #expect(answer.status == 200)
        try await allowing.stop()
    }
}
