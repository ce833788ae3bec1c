import EventLog
import MemoryLedger
import Synchronization

/// A client that has a process of this program for itself, and sends a message a line.
///
///     let connection = MCPConnection(service, by: caller)
///     switch connection.receive(line) {
///     case .nothing: break
///     case .answer(let bytes): try write(bytes)
///     case .work(let work): try await work.answer { try write($0) }
///     }
///
/// Lines are received one after the other, and the work that they make may run at the same time. What may change or
/// count something takes effect in the order of the lines all the same: it waits for what came before it, so all work
/// must be run, or let go of.
public final class MCPConnection: Sendable {
    /// What a line is to be answered with. Answers are lines without their end.
    public enum Reception: Sendable {
        case nothing
        case answer([UInt8])
        case work(MCPWork)
    }

    private struct State {
        /// Of the handshake.
        var version: MCPVersion?
        var client: JSONValue?
        /// What runs, by the client's ids.
        var running: [JSONRPCID: MCPCancellation] = [:]
    }

    /// The longest line that a client may send, in bytes: the text of a memory at its limit, escaped.
    public static let maximumLineBytes = 67_108_864

    private let service: MCPService
    private let caller: Caller
    private let state = Mutex(State())
    private let turns = MCPTurns()

    public init(_ service: MCPService, by caller: Caller) {
        self.service = service
        self.caller = caller
    }

    /// Takes a line in, and does not wait. Whatever comes, it does not fail.
    public func receive(_ line: [UInt8]) -> Reception {
        if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }) {
            return .nothing
        }
        let json: JSONValue
        do { json = try JSONRPCMessage.json(line) } catch {
            return .answer(JSONRPCAnswer.error(nil, error as? MCPError ?? .internalError).compactBytes)
        }
        if let batch = json.array { return receive(batch: batch) }
        switch JSONRPCMessage(json) {
        case .request(let request): return receive(request)
        case .notification(let method, let params):
            if method == "notifications/cancelled" { cancel(params) }
            return .nothing
        case .response: return .nothing
        case .invalid(let error, let id): return .answer(JSONRPCAnswer.error(id, error).compactBytes)
        }
    }

    /// What a line is answered with that is longer than `maximumLineBytes`.
    public static var answerToLongLine: [UInt8] {
        JSONRPCAnswer.error(
            nil, .invalidRequest("A message has at most \(maximumLineBytes) bytes; send less at a time.")
        ).compactBytes
    }

    private func receive(_ request: JSONRPCRequest) -> Reception {
        let cancellation = MCPCancellation()
        let (isFree, version, client) = state.withLock { state in
            if state.running[request.id] != nil { return (false, state.version, state.client) }
            state.running[request.id] = cancellation
            if request.method == "initialize" { Self.note(request.params, &state) }
            return (true, state.version, state.client)
        }
        guard isFree else {
            return .answer(JSONRPCAnswer.error(nil, MCPService.repeated(request.id)).compactBytes)
        }
        let turn = Self.ordered.contains(request.method) ? turns.next() : nil
        let end: @Sendable () -> Void = { [self] in state.withLock { $0.running[request.id] = nil } }
        return .work(
            MCPWork(
                cancellation, turn, isImmediate: request.method == "ping",
                refusal: { error in
                    end()
                    return JSONRPCAnswer.error(request.id, error).compactBytes
                },
                body: { [service, caller] in
                    defer { end() }
                    return await service.answer(
                        request, headers: nil, agreed: version, client: client, by: caller
                    )?.json.compactBytes
                }))
    }

    /// Methods that change or count something.
    private static let ordered: Set<String> = ["tools/call", "resources/read"]

    /// What the answer to the handshake will agree on, which holds from the next line on.
    private static func note(_ params: JSONObject, _ state: inout State) {
        guard let asked = params["protocolVersion"]?.string else { return }
        let known = MCPVersion(rawValue: asked).flatMap { $0.isStateless ? nil : $0 }
        state.version = known ?? .newestWithHandshake
        state.client = params["clientInfo"]
    }

    private func receive(batch: [JSONValue]) -> Reception {
        let (version, client) = state.withLock { ($0.version, $0.client) }
        guard let version, version.hasBatches else {
            return .answer(JSONRPCAnswer.error(nil, MCPService.noBatches).compactBytes)
        }
        return .work(
            MCPWork(
                MCPCancellation(), turns.next(), isImmediate: false,
                refusal: { JSONRPCAnswer.error(nil, $0).compactBytes },
                body: { [service, caller] in
                    await service.answer(batch: batch, version, client: client, by: caller)?.compactBytes
                }))
    }

    /// Of what has ended, or never was, nothing is said.
    private func cancel(_ params: JSONObject) {
        guard let id = params["requestId"].flatMap({ JSONRPCID($0) }) else { return }
        state.withLock { $0.running[id] }?.cancel()
    }
}

/// What a line has begun.
public struct MCPWork: Sendable {
    private let cancellation: MCPCancellation
    /// Nil: it may run at any time.
    private let turn: MCPTurn?
    /// It asks whether anyone is there, so it is to be answered at once, whatever else runs.
    public let isImmediate: Bool
    private let refusal: @Sendable (MCPError) -> [UInt8]
    private let body: @Sendable () async -> [UInt8]?

    init(
        _ cancellation: MCPCancellation, _ turn: MCPTurn?, isImmediate: Bool,
        refusal: @escaping @Sendable (MCPError) -> [UInt8], body: @escaping @Sendable () async -> [UInt8]?
    ) {
        (self.cancellation, self.turn, self.isImmediate) = (cancellation, turn, isImmediate)
        (self.refusal, self.body) = (refusal, body)
    }

    /// Does it not, and answers the line that says so. To be called once, and instead of `answer`.
    ///
    /// - Parameter reason: a sentence or two that say what to do.
    public func refuse(_ reason: String) -> [UInt8] {
        turn?.end()
        return refusal(.busy(reason))
    }

    /// Does it, and answers the line to send; nil if it was cancelled, or there is nothing to say. To be called once.
    public func answer() async -> [UInt8]? {
        defer { turn?.end() }
        return await done()
    }

    /// Does it, and sends the line, if there is one, before what came after it begins. To be called once.
    ///
    /// - Throws: what sending does.
    public func answer(_ send: ([UInt8]) async throws -> Void) async throws {
        defer { turn?.end() }
        if let line = await done() { try await send(line) }
    }

    private func done() async -> [UInt8]? {
        await turn?.comes()
        let task = Task { await body() }
        cancellation.hold(task)
        let answer = await task.value
        // The client does not wait for it any more.
        return cancellation.isCancelled ? nil : answer
    }
}

/// Whether a request was cancelled, which may be before it runs.
final class MCPCancellation: Sendable {
    private struct State {
        var task: Task<[UInt8]?, Never>?
        var isCancelled = false
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func hold(_ task: Task<[UInt8]?, Never>) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }
}
