import EventLog
import HTTPTypes
import Hummingbird
import LedgerOperations
import LedgerService
import Logging
import MemoryLedger
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Answers every request that comes over the network: lets it in or not, reads it, hands it to the service, and keeps
/// count.
///
/// Nothing that a client sends makes it throw, and what it logs or answers holds no token and no text of a memory.
final class ServerResponder: Sendable {
    /// What a listener serves.
    struct Services: OptionSet, Sendable {
        let rawValue: Int

        static let api = Self(rawValue: 1)
        static let mcp = Self(rawValue: 2)
    }

    /// What answers, once a request is read. Neither throws.
    struct Handlers: Sendable {
        var api: @Sendable (ServiceRequest) async -> ServiceAnswer
        var mcp: @Sendable (ServiceRequest) async -> ServiceAnswer

        /// A request of the compatible API with a longer body does not run on its connection's event loop.
        static let maximumLoopBodyBytes = 1 << 16

        /// - Throws: `RequestTookTooLong` if it takes longer than the limit, and nothing comes of it.
        func answer(
            _ request: ServiceRequest, _ route: Route, within limit: Duration
        ) async throws -> ServiceAnswer {
            // No limit would help: it waits for the ledger at most, and that for the writer's turn, which has one.
            if !route.mayTakeLong, request.body.count <= Self.maximumLoopBodyBytes { return await api(request) }
            return try await limited(to: limit) { await route == .mcp ? mcp(request) : api(request) }
        }
    }

    /// What the listeners of a server have together.
    struct Parts {
        let configuration: ServerConfiguration
        let handlers: Handlers
        let gate: CallerGate
        let metrics: RequestMetrics
        let figures: LedgerFigures
        let readiness: Readiness
        let bodies: BodyReader
        let logger: Logger
        let numbers: RequestNumbers
        let date: DateHeader
    }

    private let services: Services
    private let source: RequestSource
    private let configuration: ServerConfiguration
    private let handlers: Handlers
    private let gate: CallerGate
    private let metrics: RequestMetrics
    private let figures: LedgerFigures
    private let readiness: Readiness
    private let bodies: BodyReader
    private let logger: Logger
    private let numbers: RequestNumbers
    private let date: DateHeader

    init(_ services: Services, _ source: RequestSource, _ parts: Parts) {
        (self.services, self.source) = (services, source)
        (configuration, handlers, gate) = (parts.configuration, parts.handlers, parts.gate)
        (metrics, figures, readiness, bodies) = (parts.metrics, parts.figures, parts.readiness, parts.bodies)
        (logger, numbers, date) = (parts.logger, parts.numbers, parts.date)
    }

    /// What takes longer is logged.
    private static let slowNanoseconds: UInt64 = 1_000_000_000

    func respond(to request: Request, from channel: any Channel) async -> (head: HTTPResponse, body: ResponseBody) {
        let begun = NIODeadline.now().uptimeNanoseconds
        let arrival = Arrival(
            id: numbers.next(), at: begun, channel: channel,
            asksFirst: request.headers[.expect]?.lowercased() == "100-continue")
        let target = request.head.path ?? "/"
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = String(target[..<(mark ?? target.endIndex)])
        let route = Route(
            path, servesAPI: services.contains(.api),
            mcpEndpoint: services.contains(.mcp) ? configuration.mcpEndpoint : nil)
        metrics.begin()
        let query = mark.map { String(target[target.index(after: $0)...]) }
        let answer: ServiceAnswer
        if target.utf8.count > configuration.maximumURLBytes {
            answer = .failure(
                414, "the path and query are longer than \(configuration.maximumURLBytes) bytes", Self.closing)
        } else {
            answer = await RequestLog.$id.withValue(arrival.id) {
                await self.answer(request, path, query, route, arrival)
            }
        }
        let took = NIODeadline.now().uptimeNanoseconds - begun
        metrics.end(route, status: answer.status, nanoseconds: took)
        log(answer, request, route, took, arrival)
        let body = request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return (head(answer, request, arrival), body)
    }

    /// What is known of a request before it is read.
    private struct Arrival {
        var id: RequestNumbers.ID
        /// Nanoseconds of a clock that never goes back.
        var at: UInt64
        var channel: any Channel
        /// The client sends no body before it is told to, or has waited in vain.
        var asksFirst: Bool

        /// Tells a client that asks first to send the body.
        func letSend() {
            channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
        }

        var client: ClientAddress { ClientAddress(channel.remoteAddress) }
    }

    private func answer(
        _ request: Request, _ path: String, _ query: String?, _ route: Route, _ arrival: Arrival
    ) async -> ServiceAnswer {
        // Who asks whether the process lives knows neither names nor tokens.
        switch route {
        case .own(.live): return ServiceAnswer(status: 200, headers: Self.plain, body: Array("ok\n".utf8))
        case .own(.ready): return await readiness(at: arrival.at)
        case .mcpHealth:
            let anonymous = Caller(Attribution(), AccessGrant(.read, namespaces: []))
            return await handlers.mcp(ServiceRequest(request.method.rawValue, path, by: anonymous))
        default: break
        }
        if let refusal = source.refusal(host: request.head.authority, origin: request.headers[.origin]) {
            return .failure(403, refusal)
        }
        do {
            let trace = Self.traceparent.flatMap { request.headers[$0] }.flatMap { TraceParent.trace(of: $0) }
            let credentials = CallerGate.Credentials(
                authorization: request.headers[.authorization], client: arrival.client,
                isForwarded: ForwardingHeaders.areIn(request.headers))
            let caller = try await gate.caller(credentials, correlation: trace, at: arrival.at)
            if route == .own(.metrics) { return try await offLoop { try await metricsPage(for: caller) } }
            let length = request.headers[.contentLength].flatMap { Int($0) }
            let body = try await bodies.read(request.body, length: length) {
                if arrival.asksFirst { arrival.letSend() }
            }
            defer { bodies.release(body.count) }
            let read = read(request, path, query, body, caller, route)
            guard route == .mcp || services.contains(.api) else { return ServiceAnswer(status: 404) }
            return try await handlers.answer(read, route, within: .seconds(configuration.requestTimeoutSeconds))
        } catch let refusal as CallerGate.Refusal {
            return .failure(refusal.status, refusal.message, refusal.headers)
        } catch let failure as BodyReader.Failure {
            return self.failure(failure)
        } catch is RequestTookTooLong {
            return .failure(503, "the request took longer than \(configuration.requestTimeoutSeconds) s")
        } catch {
            logger.error("A request failed", metadata: ["route": "\(route.name)", "error": "\(error)"])
            return .failure(500, "the server could not do it; its log says why, under \(arrival.id)")
        }
    }

    // MARK: Reading

    private func read(
        _ request: Request, _ path: String, _ query: String?, _ body: [UInt8], _ caller: Caller, _ route: Route
    ) -> ServiceRequest {
        var headers: [String: String] = [:]
        // The compatible API looks at none.
        if route == .mcp {
            for field in request.headers {
                let name = field.name.canonicalName
                headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
            }
        }
        return ServiceRequest(
            request.method.rawValue, path, query: query, headers: headers, body: body, by: caller)
    }

    // MARK: Answering

    private static let plain = ["content-type": "text/plain; charset=utf-8"]
    private static let traceparent = HTTPField.Name("traceparent")
    private static let requestID = HTTPField.Name("x-request-id")

    private static func asksToClose(_ request: Request) -> Bool {
        guard let words = request.headers[.connection] else { return false }
        return words.split(separator: ",").contains { $0.filter { $0 != " " }.lowercased() == "close" }
    }

    /// A client that is refused before its body is read sends the rest in vain.
    private static let closing = ["connection": "close"]
    private static let retrySeconds = 1

    private func failure(_ failure: BodyReader.Failure) -> ServiceAnswer {
        switch failure {
        case .tooLarge: .failure(413, "the body is larger than \(bodies.maximumBytes) bytes", Self.closing)
        case .tooManyTogether:
            .failure(
                503,
                "other requests have sent as much as the server takes at once; try again in \(Self.retrySeconds) s",
                ["connection": "close", "retry-after": "\(Self.retrySeconds)"])
        case .ended: .failure(400, "the body ended before its length, or is no HTTP", Self.closing)
        }
    }

    private func readiness(at now: UInt64) async -> ServiceAnswer {
        let problems = await readiness.problems(at: now)
        let lines = problems.isEmpty ? ["ready"] : problems.map { "not ready: \($0.sentence)" }
        return ServiceAnswer(
            status: problems.isEmpty ? 200 : 503, headers: Self.plain,
            body: Array("\(lines.joined(separator: "\n"))\n".utf8))
    }

    private func metricsPage(for caller: Caller) async throws -> ServiceAnswer {
        guard caller.grant.scope == .admin else {
            return .failure(403, "metrics need a token with the scope admin")
        }
        var page = MetricsPage()
        metrics.write(into: &page)
        page.add(
            "memledger_request_body_bytes", .gauge, "Bytes of bodies that are read or worked on.", bodies.heldBytes)
        try await figures.write(into: &page)
        return ServiceAnswer(
            status: 200, headers: ["content-type": MetricsPage.contentType], body: Array(page.text.utf8))
    }

    private func head(_ answer: ServiceAnswer, _ request: Request, _ arrival: Arrival) -> HTTPResponse {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = Self.name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        fields.append(HTTPField(name: .contentLength, value: "\(answer.body.count)"))
        fields.append(HTTPField(name: .date, value: date.now))
        if let name = Self.requestID { fields.append(HTTPField(name: name, value: "\(arrival.id)")) }
        // Whether the body of a client that asked comes all the same, once it was refused, cannot be told.
        let isUnsure = arrival.asksFirst && answer.status >= 400
        if isUnsure || Self.asksToClose(request) { fields[.connection] = "close" }
        return HTTPResponse(status: HTTPResponse.Status(code: answer.status), headerFields: fields)
    }

    /// What nearly every answer has need not be read.
    private static func name(_ text: String) -> HTTPField.Name? {
        text == "content-type" ? .contentType : HTTPField.Name(text)
    }

    // MARK: Logging

    private func log(
        _ answer: ServiceAnswer, _ request: Request, _ route: Route, _ nanoseconds: UInt64, _ arrival: Arrival
    ) {
        let isSlow = nanoseconds >= Self.slowNanoseconds
        let level: Logger.Level = answer.status >= 500 ? .warning : isSlow ? .info : .debug
        guard level >= logger.logLevel else { return }
        logger.log(
            level: level, "Request",
            metadata: [
                "request": "\(arrival.id)", "route": "\(route.name)", "method": "\(request.method.rawValue)",
                "status": "\(answer.status)", "milliseconds": "\(Double(nanoseconds / 1_000) / 1_000)",
                "client": "\(arrival.client.text)",
            ])
    }
}
