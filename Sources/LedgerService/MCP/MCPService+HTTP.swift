import EventLog
import MemoryLedger

/// Over HTTP: one message a request, one answer to it.
extension MCPService {
    /// As the old program had it beside its endpoint.
    package static let healthPath = "/health"
    private static let healthText = "✓ Ok"

    /// Answers a request to the endpoint or for the server's health. Whatever comes, there is an answer.
    ///
    /// No session id is ever given, and one that a client sends means nothing: a client that was refused for an old one
    /// after a restart would give up. So there is no stream to get, and no session to delete.
    public func answer(_ request: ServiceRequest) async -> ServiceAnswer {
        if request.path.hasSameBytes(as: Self.healthPath) {
            guard request.method == "GET" || request.method == "HEAD" else { return Self.notAllowed("GET, HEAD") }
            return ServiceAnswer(
                status: 200, headers: ["content-type": "text/plain; charset=utf-8"], body: Array(Self.healthText.utf8))
        }
        guard request.path.hasSameBytes(as: options.endpoint) else { return ServiceAnswer(status: 404) }
        guard request.method == "POST" else { return Self.notAllowed("POST") }
        let headers = MCPHeaders(request.headers)
        guard headers.isJSON else {
            return Self.refused(415, .invalidRequest("The content type is application/json."))
        }
        guard headers.accepts("application/json"), headers.accepts("text/event-stream") else {
            return Self.refused(
                406, .invalidRequest("A client accepts both application/json and text/event-stream."))
        }
        do {
            return await posted(try JSONRPCMessage.json(request.body), headers, request.caller)
        } catch {
            return Self.refused(400, error as? MCPError ?? .internalError)
        }
    }

    private func posted(_ json: JSONValue, _ headers: MCPHeaders, _ caller: Caller) async -> ServiceAnswer {
        let version = headers.version.map { MCPVersion(rawValue: $0) } ?? .withoutHeader
        if let batch = json.array {
            guard let version, version.hasBatches else { return Self.refused(400, Self.noBatches) }
            let answer = await answer(batch: batch, version, by: caller)
            // One that is no batch at all is answered by one error.
            let status = answer?.object == nil ? 200 : 400
            return answer.map { Self.json(status, $0) } ?? ServiceAnswer(status: 202)
        }
        switch JSONRPCMessage(json) {
        case .request(let request):
            let answer = await answer(request, headers: headers, agreed: version, by: caller)
            // It was cancelled because the client has gone.
            return answer.map { Self.json($0.status, $0.json) } ?? ServiceAnswer(status: 499)
        case .notification(let method, let params):
            do { try headers.check(notification: method, params) } catch {
                return Self.refused(400, error as? MCPError ?? .internalError)
            }
            return ServiceAnswer(status: 202)
        case .response where version?.isStateless != true: return ServiceAnswer(status: 202)
        case .response: return Self.refused(400, .invalidRequest("This server asks nothing."))
        case .invalid(let error, let id): return Self.json(400, JSONRPCAnswer.error(id, error))
        }
    }

    private static func notAllowed(_ methods: String) -> ServiceAnswer {
        ServiceAnswer(status: 405, headers: ["allow": methods])
    }

    private static func refused(_ status: Int, _ error: MCPError) -> ServiceAnswer {
        json(status, JSONRPCAnswer.error(nil, error))
    }

    private static func json(_ status: Int, _ json: JSONValue) -> ServiceAnswer {
        ServiceAnswer(status: status, headers: ["content-type": "application/json"], body: json.compactBytes)
    }
}
