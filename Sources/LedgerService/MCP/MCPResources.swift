import EventLog
import LedgerOperations
import MemoryLedger

/// Memories as resources: `memory://{namespace}/{key}`.
enum MCPResources {
    static let template = "memory://{namespace}/{key}"
    static let name = "KVDB Memory"
    static let mediaType = "application/json"
    private static let scheme = "memory://"
    /// Of a URI that an error repeats: a namespace and a key at their longest, each byte escaped.
    private static let maximumBytes = 4_096

    static func templates(isCompatible: Bool) -> JSONValue {
        var object: JSONObject = ["uriTemplate": .string(template), "name": .string(name)]
        if !isCompatible { object.append("title", "Memory") }
        object.append("description", "A memory as JSON. Reading it counts as an access.")
        object.append("mimeType", .string(mediaType))
        return ["resourceTemplates": [.object(object)]]
    }

    /// The memory that a URI names, whose key may hold slashes; nil if it names none.
    static func memory(_ uri: String) -> MemoryKey? {
        guard uri.utf8.starts(with: scheme.utf8) else { return nil }
        let rest = uri.utf8.dropFirst(scheme.utf8.count)
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")),
            let namespace = decoded(rest[..<slash]), let key = decoded(rest[rest.index(after: slash)...]),
            !namespace.isEmpty, !key.isEmpty
        else { return nil }
        return MemoryKey(namespace: namespace, key: key)
    }

    /// Nil if it is not UTF-8. A percent sign that escapes nothing stands for itself.
    private static func decoded(_ text: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = digit(rest.first), let low = digit(rest.dropFirst().first) {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): byte - UInt8(ascii: "0")
        case let byte? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte): byte - UInt8(ascii: "a") + 10
        case let byte? where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Reads a memory, which counts as an access.
    ///
    /// - Throws: `MCPError` if there is none.
    static func read(_ uri: String, in context: MCPContext) async throws -> JSONObject {
        guard let memory = memory(uri) else {
            guard isFormer(context) else { throw missing(uri, context) }
            throw MCPError.worded(MCPError.methodNotFoundCode, "Unknown resource: \(EchoedText.of(uri))")
        }
        var content: JSONObject = ["uri": .string(answered(uri, memory, context))]
        if context.isCompatible { content.append("name", .string(name)) }
        content.append("mimeType", .string(mediaType))
        do {
            let found = try await context.service.get(
                memory.key, sortLinks: nil, in: .namespace(memory.namespace), by: context.caller)
            content.append("text", .string(JavaScriptText.indented(found.json)))
        } catch is CompatibleRefusal {
            // The old program left the text out, which the official clients take for no resource at all.
            guard isFormer(context) else { throw missing(uri, context) }
        } catch let denied as AccessDeniedError {
            throw MCPError.invalidParameters("\(denied.naming("resources/read"))")
        } catch let error where !(error is CancellationError) {
            let failure = CompatibleFailure(error, in: context.ledger)
            throw MCPError(MCPError.internalErrorCode, failure.message)
        }
        return ["contents": [.object(content)]]
    }

    /// As the old program had it, which knew no revision without a handshake: there, the specification says what is
    /// answered, and forbids contents that are none.
    private static func isFormer(_ context: MCPContext) -> Bool { context.isCompatible && !context.version.isStateless }

    private static func answered(_ uri: String, _ memory: MemoryKey, _ context: MCPContext) -> String {
        switch context.options.compatibility {
        case nil: uri
        case .one: "\(scheme)\(memory.namespace)/\(memory.key)"
        case .two: scheme + memory.key
        }
    }

    private static func missing(_ uri: String, _ context: MCPContext) -> MCPError {
        let code = context.version.isStateless ? MCPError.invalidParametersCode : MCPError.resourceNotFoundCode
        return MCPError(
            code, "Resource not found", data: ["uri": .string(EchoedText.of(uri, maximumBytes: maximumBytes))])
    }
}
