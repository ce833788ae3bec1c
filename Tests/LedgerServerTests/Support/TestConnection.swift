import Foundation

/// A TCP connection on this machine, for requests that no library would send.
final class TestConnection: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// By names in lower case.
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Nothing takes so long but what hangs.
    private static let limitSeconds = 600

    private let descriptor: Int32
    private let port: UInt16

    init(port: UInt16) async throws {
        self.port = port
        descriptor = try await Self.blocking {
            #if canImport(Darwin)
                let descriptor = socket(AF_INET, SOCK_STREAM, 0)
            #else
                let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            #endif
            guard descriptor >= 0 else { throw Failure(description: "no socket: \(errno)") }
            var limit = timeval(tv_sec: Self.limitSeconds, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else {
                close(descriptor)
                throw Failure(description: "cannot connect: \(errno)")
            }
            return descriptor
        }
    }

    deinit { close(descriptor) }

    /// Sends a request, and reads its answer.
    func request(
        _ method: String, _ path: String, _ body: String = "", headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send(text(method, path, body, headers: headers))
        return try await answer()
    }

    /// A request as it is sent.
    func text(_ method: String, _ path: String, _ body: String = "", headers: [String: String] = [:]) -> String {
        var all = ["Host": "127.0.0.1:\(port)", "Content-Length": "\(body.utf8.count)"]
        all.merge(headers) { _, given in given }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        return "\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body)"
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// - Throws: `Failure` if the other side has closed.
    func send(_ bytes: [UInt8]) async throws {
        try await Self.blocking { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, noSignal) }
                guard count > 0 else { throw Failure(description: "cannot send: \(errno)") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Waits until something has come, and leaves it there.
    func waitForInput() async throws {
        try await Self.blocking { [descriptor] in
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, peek) == 1 else {
                throw Failure(description: "the connection ended: \(errno)")
            }
        }
    }

    /// No more is sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// When it is let go of, the other side is told that it broke, not that it ended.
    func breakAtEnd() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
    }

    /// The answers until the other side closes.
    func remainingAnswers() async -> [Answer] {
        var answers: [Answer] = []
        while let next = try? await answer() { answers.append(next) }
        return answers
    }

    /// The next answer whole.
    ///
    /// - Parameter hasBody: false for the answer to HEAD.
    /// - Throws: `Failure` if the connection ends before that.
    func answer(hasBody: Bool = true) async throws -> Answer {
        try await Self.blocking { [descriptor] in
            var head: [UInt8] = []
            while !head.ends(with: Array("\r\n\r\n".utf8)) { head.append(try Self.byte(descriptor)) }
            let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
            guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                throw Failure(description: "no answer of HTTP: \(lines)")
            }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                headers[line[..<colon].lowercased()] = String(value)
            }
            var body: [UInt8] = []
            let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
            var piece = [UInt8](repeating: 0, count: 65_536)
            while body.count < length {
                let count = recv(descriptor, &piece, min(piece.count, length - body.count), 0)
                guard count > 0 else { throw Failure(description: "the answer ended after \(body.count) bytes") }
                body += piece.prefix(count)
            }
            return Answer(status: status, headers: headers, body: body)
        }
    }

    /// True if the other side closes without sending more.
    func isClosed() async throws -> Bool {
        try await Self.blocking { [descriptor] in
            var byte: UInt8 = 0
            return recv(descriptor, &byte, 1, 0) <= 0
        }
    }

    private static func byte(_ descriptor: Int32) throws -> UInt8 {
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, 0) == 1 else { throw Failure(description: "the connection ended: \(errno)") }
        return byte
    }

    /// Runs what waits on a thread of its own, so that no task's thread does.
    private static func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result(catching: body)) }.start()
        }
    }
}

#if canImport(Darwin)
    private let noSignal: Int32 = 0
    private let peek = MSG_PEEK
#else
    private let peek = Int32(MSG_PEEK)
    private let noSignal = Int32(MSG_NOSIGNAL)
#endif

extension Array where Element == UInt8 {
    fileprivate func ends(with other: [UInt8]) -> Bool { suffix(other.count).elementsEqual(other) }
}
