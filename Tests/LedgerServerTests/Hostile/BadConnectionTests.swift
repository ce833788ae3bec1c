import Foundation
import MemoryLedger
import Testing

/// Goal: connections that are slow, half closed, broken or many harm only themselves. Method: the real program, with a
/// client that works all the time.
@Suite struct BadConnectionTests {
    private static let body = "{\"namespace\":\"mem\"}"

    /// One that sends a byte now and then begins no measure of time again by it.
    @Test func aBodyThatComesByteByByteIsGivenUp() async throws {
        let server = try await RunningServer("--request-timeout", "5")
        try await SteadyClient.works(beside: server) {
            let slow = try await server.connect()
            try await slow.send("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{")
            let dripping = Task {
                while !Task.isCancelled {
                    guard (try? await slow.send(" ")) != nil else { return }
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
            let late = try await slow.answer()
            dripping.cancel()
            #expect(late.status == 408)
            #expect(try JSONValue(parsing: late.text)["success"] == false)
        }
    }

    /// What has not said what it wants is no request: it is idle.
    @Test func aHeadThatComesByteByByteIsClosed() async throws {
        let server = try await RunningServer("--idle-timeout", "2")
        let slow = try await server.connect()
        for byte in "POST /login HTTP/1.1\r\nX: " + String(repeating: "x", count: 6_000) {
            guard (try? await slow.send(String(byte))) != nil else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await slow.isClosed())
        // On a busy machine it may be idle for long before it has said what it wants, too.
        var answer = try? await server.request("POST", "/login", Self.body)
        while answer == nil { answer = try? await server.request("POST", "/login", Self.body) }
        #expect(answer?.status == 200)
        try await server.stop()
    }

    /// Sending waits once the server reads no more, and fails when it has closed.
    @Test(.timeLimit(.minutes(5)))
    func aClientThatReadsNothingIsClosed() async throws {
        let server = try await RunningServer("--request-timeout", "1")
        let greedy = try await server.connect()
        let requests = String(repeating: greedy.text("GET", "/nothing"), count: 1_000)
        while (try? await greedy.send(requests)) != nil {}
        #expect(try await server.request("POST", "/login", Self.body).status == 200)
        try await server.stop()
    }

    /// A client that has said all may wait for its answer.
    @Test func halfClosedConnectionsAreAnswered() async throws {
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            for _ in 0..<20 {
                let connection = try await server.connect()
                try await connection.send(connection.text("POST", "/login", Self.body))
                connection.finishSending()
                let answers = await connection.remainingAnswers()
                #expect(answers.map(\.status) == [200])
                // With nothing sent, in the middle of a head, and of a body.
                for begun in [
                    "", "POST /log", "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 19\r\n\r\n{",
                ] {
                    let other = try await server.connect()
                    if !begun.isEmpty { try await other.send(begun) }
                    other.finishSending()
                    let statuses = await other.remainingAnswers().map(\.status)
                    #expect(statuses.allSatisfy { $0 == 400 }, "\(begun): \(statuses)")
                }
            }
        }
    }

    @Test func brokenConnectionsHarmNothing() async throws {
        let server = try await RunningServer()
        let session = try await server.login("broken")
        let value: JSONValue = ["summary": .string(String(repeating: "s", count: 20_000)), "text": ""]
        let add: JSONValue = ["session": .string(session), "key": "k", "value": value]
        try await SteadyClient.works(beside: server) {
            let sample = try await server.connect()
            let request = Array(sample.text("POST", "/add_memory", add.description).utf8)
            for round in 0..<150 {
                let connection = try await server.connect()
                connection.breakAtEnd()
                // In the head, in the body, and with the answer on its way.
                let length = [10, 60, 200, request.count / 2, request.count - 1, request.count][round % 6]
                try await connection.send(Array(request.prefix(length)))
            }
        }
    }

    @Test func tenThousandRequestsInOneConnection() async throws {
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            let connection = try await server.connect()
            let (login, nothing) = (
                connection.text("POST", "/login", Self.body), connection.text("GET", "/nothing")
            )
            for _ in 0..<100 {
                // So many at once as the buffers between the two take.
                try await connection.send(login + String(repeating: nothing, count: 99))
                #expect(try await connection.answer().status == 200)
                for _ in 0..<99 {
                    let answer = try await connection.answer()
                    try #require(answer.status == 404 && answer.body.isEmpty)
                }
            }
        }
    }

    /// Each is used, and stays open.
    @Test func manyConnectionsAtTheSameTime() async throws {
        let count = 1_200
        #expect(Self.allow(files: count * 2))
        let server = try await RunningServer()
        try await SteadyClient.works(beside: server) {
            var connections: [TestConnection] = []
            for number in 0..<count {
                let connection = try await server.connect(mcp: number % 2 == 1)
                // Some wait in the middle of a head.
                try await connection.send(number % 3 == 0 ? "POST /login HT" : connection.text("GET", "/healthz"))
                connections.append(connection)
            }
            for (number, connection) in connections.enumerated() where number % 3 != 0 {
                #expect(try await connection.answer().status == 200)
            }
            for (number, connection) in connections.enumerated() where number % 3 != 0 {
                if number % 10 == 1 { #expect(try await connection.request("GET", "/healthz").status == 200) }
            }
        }
    }

    /// Lets this process and its children have so many files open; false if the system does not.
    private static func allow(files: Int) -> Bool {
        #if canImport(Darwin)
            let resource = RLIMIT_NOFILE
        #else
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return false }
        guard limit.rlim_cur < rlim_t(files) else { return true }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(files))
        return setrlimit(resource, &limit) == 0 && limit.rlim_cur >= rlim_t(files)
    }
}
