import EventLog
import LedgerCapabilities
import LedgerOperations
import Logging
import MemoryLedger

/// What a request is answered with: the ledger, and who asks, in which version.
struct MCPContext: Sendable {
    let ledger: MemoryLedger
    let service: CompatibleService
    let sessions: KVSessions
    let options: MCPOptions
    var caller: Caller
    var version: MCPVersion
    /// What the client is told beside the answer.
    let notices = MCPNotices()

    /// It is to be as an old version had it.
    var isCompatible: Bool { options.compatibility != nil }

    /// Where a call works that names no place.
    var defaultNamespace: String {
        if let only = caller.grant.onlyNamespace { return only }
        return options.namespace ?? MemoryKey.defaultNamespace
    }

    /// Nil: nothing but the operation itself says where it works.
    var configuredNamespace: String? {
        options.namespace != nil || caller.grant.onlyNamespace != nil ? defaultNamespace : nil
    }

    /// Keeps what a client is not told.
    func log(_ error: any Error) {
        ledger.options.file.logger.error("A request failed", metadata: ["error": "\(error)"])
    }

    /// A request of the caller's, whose notices are kept.
    var request: OperationRequest {
        caller.request(ledger) { [notices] in notices.add($0) }
    }

    func perform<Operation: LedgerOperation>(_ operation: Operation) async throws -> Operation.Result {
        try await request.perform(operation)
    }

    /// What an operation answers, as far as the caller may know it.
    func document<Operation: LedgerOperation>(_ operation: Operation) async throws -> JSONValue {
        caller.grant.reduced(try await perform(operation).document())
    }

    /// The same for a message that says which trace it belongs to: more closely than the header of what carried it. One
    /// that is none is as if it were not there.
    func tracing(_ meta: JSONObject?) -> Self {
        guard let trace = meta?[MCPMetaName.traceParent]?.string.flatMap({ TraceParent.trace(of: $0) }) else {
            return self
        }
        var context = self
        context.caller.attribution.correlationID = trace
        return context
    }

    /// The same for a client that has told its name, and if nothing else says who acts.
    func naming(client: JSONValue?) -> Self {
        guard !caller.attribution.hasActor, let name = client?["name"]?.string.flatMap(MCPClientName.actor) else {
            return self
        }
        var context = self
        context.caller.attribution.actor = name
        return context
    }
}

/// What a client calls itself, as an actor. Nothing proves it, so it has a prefix that no other actor should have.
enum MCPClientName {
    static let prefix = "mcp:"
    /// Characters that are kept.
    static let maximumLength = 100

    /// Nil if nothing of it can be shown.
    static func actor(_ name: String) -> String? {
        let shown = String(
            String.UnicodeScalarView(name.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        guard shown.utf8.contains(where: { $0 > 0x20 }) else { return nil }
        return prefix + shown.prefix(maximumLength)
    }
}
