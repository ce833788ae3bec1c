import EventLog
public import LedgerOperations
public import MemoryLedger

/// The Model Context Protocol on a ledger, in all its revisions. It keeps nothing between requests but the sessions
/// that a tool opens, so that a restart is noticed by no client.
///
///     let sessions = KVSessions(clock: ledger.options.clock)
///     let service = try MCPService(ledger, sessions: sessions)
///     let answer = await service.answer(ServiceRequest("GET", "/health", by: caller))
public struct MCPService: Sendable {
    private let ledger: MemoryLedger
    private let sessions: KVSessions
    let options: MCPOptions
    private let compatible: CompatibleService
    private let dispatcher: MCPDispatcher

    /// Messages of one batch.
    public static let maximumBatch = 100

    /// - Parameter sessions: those of the compatible HTTP API, if there is one beside it.
    /// - Throws: `MCPOptionError` for a set of tools that there is not; `OperationCatalogueError` for a module whose
    ///   operations cannot be called.
    public init(_ ledger: MemoryLedger, sessions: KVSessions, options: MCPOptions = MCPOptions()) throws {
        self.ledger = ledger
        self.sessions = sessions
        self.options = options
        compatible = CompatibleService(
            ledger, sessions: sessions, version: options.compatibility, isSearchEnabled: options.isSearchEnabled)
        dispatcher = MCPDispatcher(tools: try MCPToolBox(options, try OperationCatalogue(of: ledger)))
    }

    /// The sets of tools that there are with the operations of a catalogue, the standard one first.
    public static func toolSets(of catalogue: OperationCatalogue) -> [MCPToolSet] {
        MCPToolBox.sets(of: catalogue)
    }

    private func context(_ version: MCPVersion, _ caller: Caller) -> MCPContext {
        MCPContext(
            ledger: ledger, service: compatible, sessions: sessions, options: options, caller: caller, version: version)
    }

    /// Answers a line of a client that has a process of this program for itself; nil if there is nothing to answer.
    ///
    /// The same as the connection's, without what a handshake has agreed on.
    public func answer(line: [UInt8], by caller: Caller) async -> [UInt8]? {
        switch MCPConnection(self, by: caller).receive(line) {
        case .nothing: nil
        case .answer(let bytes): bytes
        case .work(let work): await work.answer()
        }
    }

    // MARK: Messages

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - headers: nil if it did not come over HTTP.
    ///   - agreed: the version of the handshake, where that is known.
    ///   - client: its name from there.
    /// - Returns: the answer, and what HTTP says of it; nil if the request was cancelled.
    func answer(
        _ request: JSONRPCRequest, headers: MCPHeaders?, agreed: MCPVersion?, client: JSONValue? = nil,
        by caller: Caller
    ) async -> (json: JSONValue, status: Int)? {
        var version = agreed ?? .newestWithHandshake
        do {
            version = try self.version(of: request, headers, agreed)
            let named = version.isStateless ? request.meta?[MCPMetaName.clientInfo] : client
            let context = context(version, caller).naming(client: named).tracing(request.meta)
            return (JSONRPCAnswer.result(request.id, try await dispatcher.result(request, in: context)), 200)
        } catch let error as MCPError {
            let isAsked = Self.isStateless(request, headers) ? MCPVersion.july2026 : version
            return (JSONRPCAnswer.error(request.id, error), error.status(in: isAsked))
        } catch is CancellationError {
            return nil
        } catch {
            context(version, caller).log(error)
            return (JSONRPCAnswer.error(request.id, .internalError), 200)
        }
    }

    /// A request that names its version, or whose headers name one of the stateless revisions. A handshake is that of
    /// the others, whatever else it says.
    private static func isStateless(_ request: JSONRPCRequest, _ headers: MCPHeaders?) -> Bool {
        guard request.method != initialize else { return false }
        return request.meta?[MCPMetaName.version] != nil
            || headers?.version.flatMap { MCPVersion(rawValue: $0) }?.isStateless == true
    }

    /// The method of the handshake.
    static let initialize = "initialize"

    /// - Throws: `MCPError` for a version that is not served, and for a stateless request that lacks something.
    private func version(
        of request: JSONRPCRequest, _ headers: MCPHeaders?, _ agreed: MCPVersion?
    ) throws -> MCPVersion {
        guard Self.isStateless(request, headers) else {
            // The body agrees on one.
            if request.method == Self.initialize { return .newestWithHandshake }
            guard let header = headers?.version else { return agreed ?? .newestWithHandshake }
            guard let known = MCPVersion(rawValue: header) else { throw MCPError.unsupported(version: header) }
            return known
        }
        guard let meta = request.meta else { throw MCPError.invalidParameters("`_meta` is missing.") }
        guard let value = meta[MCPMetaName.version] else {
            throw MCPError.invalidParameters("`_meta` lacks \(MCPMetaName.version).")
        }
        guard meta[MCPMetaName.clientCapabilities]?.object != nil else {
            throw MCPError.invalidParameters("`_meta` lacks \(MCPMetaName.clientCapabilities), an object.")
        }
        guard let asked = value.string else {
            throw MCPError.invalidParameters("\(MCPMetaName.version) is a string.")
        }
        // First, so that a client that contradicts itself is told so.
        try headers?.check(request, version: asked)
        guard let known = MCPVersion(rawValue: asked), known.isStateless else {
            throw MCPError.unsupported(version: asked)
        }
        return known
    }

    /// Answers the messages of a batch one after the other.
    ///
    /// - Returns: nil if there was nothing to answer.
    func answer(batch: [JSONValue], _ version: MCPVersion, client: JSONValue? = nil, by caller: Caller) async
        -> JSONValue?
    {
        guard (1...Self.maximumBatch).contains(batch.count) else {
            return JSONRPCAnswer.error(nil, .invalidRequest("A batch has 1 to \(Self.maximumBatch) messages."))
        }
        var answers: [JSONValue] = []
        var ids: Set<JSONRPCID> = []
        for json in batch {
            switch JSONRPCMessage(json) {
            case .notification, .response: continue
            case .invalid(let error, let id): answers.append(JSONRPCAnswer.error(id, error))
            case .request(let request):
                guard ids.insert(request.id).inserted else {
                    answers.append(JSONRPCAnswer.error(nil, Self.repeated(request.id)))
                    continue
                }
                guard request.meta?[MCPMetaName.version] == nil else {
                    let error = MCPError.invalidRequest("A request that names its version comes alone.")
                    answers.append(JSONRPCAnswer.error(request.id, error))
                    continue
                }
                guard request.method != Self.initialize else {
                    answers.append(
                        JSONRPCAnswer.error(request.id, .invalidRequest("A batch cannot have `initialize`.")))
                    continue
                }
                let answer = await answer(request, headers: nil, agreed: version, client: client, by: caller)
                if let answer { answers.append(answer.json) }
            }
        }
        return answers.isEmpty ? nil : .array(answers)
    }

    /// Answered without the id, which would be taken for the answer of the request that has it.
    static func repeated(_ id: JSONRPCID) -> MCPError {
        .invalidRequest("The id \(id.json) is that of a request that is not answered yet.")
    }

    static let noBatches = MCPError.invalidRequest("This version has no batches; send one message at a time.")
}
