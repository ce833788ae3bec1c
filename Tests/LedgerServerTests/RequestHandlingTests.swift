import Foundation
import MemoryLedger
import Testing

/// Goal: the server lets in what it should, and what is malformed, too large or too slow gets a clear answer, while
/// other clients notice nothing. Method: the real program, and bytes on sockets.
@Suite struct RequestHandlingTests {
    @Test func itSaysThatItRuns() async throws {
        let server = try await RunningServer()
        for mcp in [false, true] {
            let healthy = try await server.request("GET", "/healthz", mcp: mcp)
            #expect(healthy.status == 200 && healthy.text == "ok\n")
            let ready = try await server.request("GET", "/readyz", mcp: mcp)
            #expect(ready.status == 200 && ready.text == "ready\n")
        }
        let log = try server.log()
        let line = log.first { $0["message"]?.string == "Ready" }
        #expect(line?["milliseconds"]?.string.flatMap { Int($0) } != nil, "\(log)")
        try await server.stop()
    }

    @Test func metricsCountWhatWasAnswered() async throws {
        let server = try await RunningServer()
        let session = try await server.login()
        let value: JSONValue = ["summary": "Likes green tea", "text": ""]
        _ = try await server.post("/add_memory", ["session": .string(session), "key": "tea", "value": value])
        _ = try await server.request("GET", "/nothing")
        let page = try await server.request("GET", "/metrics")
        #expect(page.status == 200 && page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = page.text.split(separator: "\n")
        for line in [
            "memledger_requests_total{route=\"login\",status=\"200\"} 1",
            "memledger_requests_total{route=\"unknown\",status=\"404\"} 1", "memledger_events_appended_total 1",
            "memledger_transactions_total 1", "memledger_request_seconds_count{route=\"login\"} 1",
            "memledger_log_position 1",
        ] { #expect(lines.contains(Substring(line)), "\(line) is not in \(page.text)") }
        for name in [
            "memledger_commit_seconds_total", "memledger_wal_bytes", "memledger_readers_open",
            "memledger_readers_maximum", "memledger_reads_total", "memledger_reader_waits_total",
            "memledger_reader_wait_seconds_total", "memledger_reader_longest_wait_seconds",
            "memledger_kept_hits_total{module=\"sessions\"}", "memledger_kept_bytes{module=\"sessions\"}",
            "memledger_cache_hits", "memledger_projection_lag_events{projection=\"memories\"}",
        ] { #expect(lines.contains { $0.hasPrefix(name + " ") }, "\(name) is not in \(page.text)") }
        for line in lines where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [-+0-9.e]+/) != nil, "\(line)")
        }
        try await server.stop()
    }

    /// A page in a browser comes by the name of its own server, or says its Origin.
    @Test func pagesInABrowserAreNotLetIn() async throws {
        let server = try await RunningServer("--allowed-origins", "https://ours.example")
        let body = "{\"namespace\":\"mem\"}"
        for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"] {
            let answer = try await server.request("POST", "/login", body, headers: ["Host": host])
            #expect(answer.status == 403, "\(host)")
        }
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1", "[::1]:1"] {
            let answer = try await server.request("POST", "/login", body, headers: ["Host": host])
            #expect(answer.status == 200, "\(host)")
        }
        for origin in ["https://evil.example", "null", "http://127.0.0.1:\(server.apiPort)"] {
            let answer = try await server.request("POST", "/login", body, headers: ["Origin": origin])
            #expect(answer.status == 403, "\(origin)")
            #expect(answer.headers.keys.allSatisfy { !$0.hasPrefix("access-control") })
        }
        let ours = try await server.request("POST", "/login", body, headers: ["Origin": "https://ours.example"])
        #expect(ours.status == 200)
        try await server.stop()
    }

    @Test func whatIsTooLargeIsRefused() async throws {
        let server = try await RunningServer("--max-body-bytes", "2000", "--max-url-bytes", "300")
        let large = try await server.request("POST", "/login", String(repeating: " ", count: 2_001))
        #expect(large.status == 413 && large.text.contains("2000 bytes"), "\(large)")
        let chunked = try await server.connect()
        try await chunked.send("POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        let piece = String(repeating: " ", count: 0x400)
        for _ in 0..<3 { try? await chunked.send("400\r\n\(piece)\r\n") }
        #expect(try await chunked.answer().status == 413)
        #expect(try await chunked.isClosed())
        let long = try await server.request("GET", "/" + String(repeating: "a", count: 400))
        #expect(long.status == 414)
        let heads = try await server.request("GET", "/healthz", headers: ["X": String(repeating: "a", count: 40_000)])
        #expect(heads.status == 431 && heads.text.contains("32768 bytes"), "\(heads)")
        #expect(try await server.request("GET", "/healthz").status == 200)
        try await server.stop()
    }

    @Test func aRequestThatDoesNotArriveIsGivenUp() async throws {
        let server = try await RunningServer("--request-timeout", "1")
        let slow = try await server.connect()
        try await slow.send("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        let other = try await server.login()
        #expect(other.count == 32)
        let late = try await slow.answer()
        #expect(late.status == 408 && late.text.contains("\"success\":false"))
        #expect(try await slow.isClosed())
        try await server.stop()
    }

    /// Each gets an answer or the end of its connection, and the next client its answer.
    @Test func malformedRequestsHarmOnlyThemselves() async throws {
        let server = try await RunningServer()
        let body = "{\"namespace\":\"mem\"}"
        let requests: [[UInt8]] =
            [
                "\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}",
                "GET / HTTP/1.1\r\nHost\r\n\r\n",
                "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 19\r\n\r\n\(body)garbage that is no request",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            ].map { Array($0.utf8) } + [[0xff, 0xfe, 0x16, 0x03, 0x01, 0x00], Array(repeating: 0x41, count: 100_000)]
        for request in requests {
            let connection = try await server.connect()
            try await connection.send(request)
            connection.finishSending()
            while (try? await connection.answer()) != nil {}
            let next = try await server.request("POST", "/login", body)
            #expect(next.status == 200, "after \(String(decoding: request.prefix(80), as: UTF8.self))")
        }
        #expect(!server.hasEnded)
        try await server.stop()
    }

    @Test func requestsInOneConnectionAreAnsweredInTheirOrder() async throws {
        let server = try await RunningServer()
        let connection = try await server.connect()
        let login = connection.text("POST", "/login", "{\"namespace\":\"mem\"}")
        try await connection.send(login + connection.text("GET", "/nothing") + login)
        for status in [200, 404, 200] { #expect(try await connection.answer().status == status) }
        try await server.stop()
    }

    /// Each listener serves what it is for, and an answer to HEAD has no body that the next one would follow.
    @Test func eachPortServesItsOwn() async throws {
        let server = try await RunningServer()
        #expect(try await server.request("POST", "/login", "{\"namespace\":\"mem\"}", mcp: true).status == 404)
        let health = try await server.request("GET", "/health")
        #expect(health.status == 404 && health.body.isEmpty)
        #expect(try await server.request("GET", "/health", mcp: true).text == "✓ Ok")
        let connection = try await server.connect()
        try await connection.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await connection.send("GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: TE, Close\r\n\r\n")
        #expect(try await connection.answer(hasBody: false).status == 200)
        #expect(try await connection.answer().status == 404)
        #expect(try await connection.isClosed())
        try await server.stop()
    }

    @Test func aClientThatAsksBeforeItSendsIsTold() async throws {
        let server = try await RunningServer()
        let body = "{\"namespace\":\"mem\"}"
        let connection = try await server.connect()
        try await connection.send(
            "POST /login HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        )
        #expect(try await connection.answer().status == 100)
        try await connection.send(body)
        #expect(try await connection.answer().status == 200)
        try await server.stop()
    }

    /// One that asks first and would be refused is refused, and sends nothing in vain.
    @Test func aClientThatAsksFirstIsRefusedFirst() async throws {
        let server = try await RunningServer("--max-body-bytes", "2000")
        let head = "HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length:"
        for (request, status) in [
            ("POST /login \(head) 2001\r\n\r\n", 413),
            ("POST /login \(head) 20\r\nAuthorization: Bearer mlt_none\r\n\r\n", 401),
            ("POST /login \(head) 20\r\nOrigin: https://evil.example\r\n\r\n", 403),
        ] {
            let connection = try await server.connect()
            try await connection.send(request)
            let answer = try await connection.answer()
            #expect(answer.status == status && answer.headers["connection"] == "close", "\(answer)")
            #expect(try await connection.isClosed())
        }
        // Once it was told, it is answered as any other.
        let connection = try await server.connect()
        try await connection.send("POST /login \(head) 2\r\n\r\n")
        #expect(try await connection.answer().status == 100)
        try await connection.send("{}")
        #expect(try await connection.answer().status == 400)
        try await server.stop()
    }

    /// The figures borrow connections of readers, and give them back.
    @Test func askingForMetricsOpensNoConnectionsForGood() async throws {
        let server = try await RunningServer()
        let session = try await server.login()
        let value: JSONValue = ["summary": "s", "text": ""]
        _ = try await server.post("/add_memory", ["session": .string(session), "key": "tea", "value": value])
        let get: JSONValue = ["session": .string(session), "key": "tea"]
        await withTaskGroup { group in
            for _ in 0..<6 {
                group.addTask { for _ in 0..<60 { _ = try? await server.post("/get_memory", get) } }
                group.addTask { for _ in 0..<60 { _ = try? await server.request("GET", "/metrics") } }
            }
        }
        let page = try await server.request("GET", "/metrics").text
        let open = page.firstMatch(of: /memledger_readers_open (\d+)/).flatMap { Int($0.1) }
        #expect(try #require(open) <= 9, "\(page)")
        try await server.stop()
    }
}
