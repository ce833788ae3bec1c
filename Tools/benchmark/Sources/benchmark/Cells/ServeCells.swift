import Foundation
import MemoryLedger

extension Cell {
    static let serveGet = Cell(
        name: "serve-get", title: "POST /get_memory, random among 50,000, 64 connections, 99 of 100 within 10 ms",
        target: .ratioAtLeast(0.4)
    ) { bench in
        var measurement = Measurement(
            unit: "requests/s", floorName: "Hummingbird alone: GET hello", notes: [ServeCells.loadNote])
        let memories = bench.size(50_000, quick: 5_000)
        let path = try await ServeCells.ledger(bench, memories: memories)
        var p99: [Double] = []
        for _ in 0..<bench.runs {
            let ours = try await ServeCells.load(path, bench, connections: 64) { session in
                ServeCells.script(
                    "/get_memory",
                    "'{\"session\":\"\(session)\",\"key\":\"memory-' .. math.random(0, \(memories - 1)) .. '\"}'")
            }
            let hello = try ServeChild(path: nil)
            let floor = try Wrk.run(hello.url, connections: 64, seconds: ServeCells.seconds(bench))
            measurement.add(ours: ours.requestsPerSecond, floor: floor.requestsPerSecond)
            p99.append(ours.p99Milliseconds)
        }
        measurement.alsoReached = median(p99) <= 10
        measurement.notes.append("99 of 100 within \(short(median(p99))) ms")
        return measurement
    }

    static let serveAdd = Cell(
        name: "serve-add", title: "POST /add_memory, each synced, 64 connections", target: .ratioAtLeast(10)
    ) { bench in
        var measurement = Measurement(
            unit: "requests/s", floorName: "ours: one connection", notes: [ServeCells.loadNote])
        let path = try await ServeCells.ledger(bench, memories: 1)
        for run in 0..<bench.runs {
            func script(_ side: String) -> (String) -> String {
                { session in
                    ServeCells.script(
                        "/add_memory",
                        "'{\"session\":\"\(session)\",\"key\":\"\(side)-\(run)-' .. count .. '\",\"value\":{\"summary\":"
                            + "\"Likes green tea\",\"text\":\"\(String(repeating: "x", count: 200))\"}}'")
                }
            }
            let together = try await ServeCells.load(path, bench, connections: 64, script("t"))
            let one = try await ServeCells.load(path, bench, connections: 1, script("o"))
            measurement.add(ours: together.requestsPerSecond, floor: one.requestsPerSecond)
        }
        return measurement
    }

    static let serveStart = Cell(
        name: "serve-start", title: "from the start of a process to its first answer, 50,000 memories, within 100 ms",
        target: .none
    ) { bench in
        var measurement = Measurement(
            unit: "ms", floorName: "Hummingbird alone: GET hello", notes: ["start of the process included"])
        let path = try await ServeCells.ledger(bench, memories: bench.size(50_000, quick: 5_000))
        for _ in 0..<bench.runs {
            let ours = try await ServeCells.startMilliseconds(path, "/healthz")
            measurement.add(ours: ours, floor: try await ServeCells.startMilliseconds(nil, "/"))
        }
        measurement.alsoReached = median(measurement.ours) < 100
        return measurement
    }

    static let serveIdle = Cell(
        name: "serve-idle", title: "memory of the server with 1,000 idle connections, within 100 MB", target: .none
    ) { bench in
        var measurement = Measurement(unit: "MB", floorName: "without connections")
        let path = try await ServeCells.ledger(bench, memories: 1_000)
        for _ in 0..<bench.runs {
            let server = try ServeChild(path: path)
            _ = try await server.login()
            let before = try server.residentMegabytes
            let connections = try IdleConnections(to: server.url, count: 1_000)
            let during = try server.residentMegabytes
            connections.close()
            measurement.add(ours: during, floor: before)
        }
        measurement.alsoReached = median(measurement.ours) < 100 && median(measurement.floor) < 60
        return measurement
    }
}

enum ServeCells {
    static let loadNote = "load from a second process on loopback: wrk, one thread"

    static func seconds(_ bench: Bench) -> Int { bench.size(8, quick: 3) }

    static func ledger(_ bench: Bench, memories: Int) async throws -> String {
        let ledger = try await bench.openLedger("ours")
        var corpus = Corpus(seed: 1)
        for first in stride(from: 0, to: memories, by: 1_000) {
            let new = (first..<min(memories, first + 1_000)).map { number in
                (MemoryKey(key: Corpus.key(number)), corpus.memory(linkingTo: []))
            }
            try await ledger.addAll(new)
        }
        await ledger.close()
        return bench.folder.file("ours")
    }

    /// - Parameter path: of the ledger; nil for hello.
    static func startMilliseconds(_ path: String?, _ target: String) async throws -> Double {
        let clock = ContinuousClock()
        let begun = clock.now
        let server = try ServeChild(path: path)
        let status = try IdleConnections.status(of: target, at: server.url)
        guard status == "200" else { throw BenchmarkError("The first answer was \(status).") }
        return begun.duration(to: clock.now) / .milliseconds(1)
    }

    /// Lua for wrk that posts a body, an expression in which `count` counts.
    static func script(_ path: String, _ body: String) -> String {
        """
        local count = 0
        request = function()
          count = count + 1
          return wrk.format("POST", "\(path)", nil, \(body))
        end
        """
    }

    static func load(
        _ path: String, _ bench: Bench, connections: Int, _ script: (_ session: String) -> String
    ) async throws -> Wrk.Figures {
        let server = try ServeChild(path: path)
        let figures = try Wrk.run(
            server.url, connections: connections, seconds: seconds(bench), script: script(try await server.login()))
        guard figures.failures == 0 else { throw BenchmarkError("\(figures.failures) answers were no success.") }
        return figures
    }
}

/// Connections that send one request and then nothing.
struct IdleConnections {
    private var descriptors: [Int32] = []

    init(to url: String, count: Int) throws {
        for _ in 0..<count { descriptors.append(try Self.get("/healthz", at: url).descriptor) }
    }

    /// The status that a GET is answered with, as text.
    static func status(of target: String, at url: String) throws -> String {
        let (descriptor, answer) = try get(target, at: url)
        _ = Foundation.close(descriptor)
        return answer.split(separator: " ").dropFirst().first.map { String($0) } ?? ""
    }

    /// A connection, and the beginning of what came by it.
    private static func get(_ target: String, at url: String) throws -> (descriptor: Int32, answer: String) {
        guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw BenchmarkError("\(url) has no port.")
        }
        let request = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var answer = [UInt8](repeating: 0, count: 1_024)
        guard connected == 0, send(descriptor, request, request.count, 0) == request.count else {
            throw BenchmarkError("A connection was not answered: \(errno)")
        }
        let count = recv(descriptor, &answer, answer.count, 0)
        guard count > 0 else { throw BenchmarkError("A connection was not answered: \(errno)") }
        return (descriptor, String(decoding: answer.prefix(count), as: UTF8.self))
    }

    func close() { for descriptor in descriptors { _ = Foundation.close(descriptor) } }
}
