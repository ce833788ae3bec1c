import LedgerOperations
import MemoryLedger

/// An error of the protocol, as JSON-RPC has it.
struct MCPError: Error, Hashable, Sendable {
    var code: Int
    var message: String
    var data: JSONValue?

    init(_ code: Int, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    static let parseErrorCode = -32700
    static let invalidRequestCode = -32600
    static let methodNotFoundCode = -32601
    static let invalidParametersCode = -32602
    static let internalErrorCode = -32603
    /// A resource that is missing, in the revisions with a handshake.
    static let resourceNotFoundCode = -32002
    /// Too much waits already, and the request was not begun.
    static let busyCode = -32005
    static let headerMismatchCode = -32020
    static let unsupportedVersionCode = -32022

    static func invalidRequest(_ message: String) -> Self { Self(invalidRequestCode, message) }
    static func invalidParameters(_ message: String) -> Self { Self(invalidParametersCode, message) }
    static func methodNotFound(_ method: String) -> Self {
        Self(methodNotFoundCode, "Method not found: \(EchoedText.of(method))")
    }
    static func busy(_ message: String) -> Self { Self(busyCode, message) }
    static let internalError = Self(internalErrorCode, "Internal error")

    static func headerMismatch(_ header: String, _ what: String) -> Self {
        Self(headerMismatchCode, "Header mismatch: \(header) \(what)")
    }

    static func unsupported(version: String) -> Self {
        Self(
            unsupportedVersionCode, "Unsupported protocol version",
            data: [
                "supported": .array(MCPVersion.stateless.map { .string($0.rawValue) }),
                "requested": .string(EchoedText.of(version)),
            ])
    }

    /// An error as the old program worded it, with its code in front.
    static func worded(_ code: Int, _ message: String) -> Self { Self(code, "MCP error \(code): \(message)") }

    var json: JSONValue {
        var object: JSONObject = ["code": JSONValue(code), "message": .string(message)]
        if let data { object.append("data", data) }
        return .object(object)
    }

    /// What HTTP says of it.
    func status(in version: MCPVersion) -> Int {
        switch code {
        case Self.parseErrorCode, Self.headerMismatchCode, Self.unsupportedVersionCode: 400
        // With a handshake, what is wrong with a request that could be read is said by the body alone: the official
        // client of that era ends at any other status.
        case Self.invalidRequestCode, Self.invalidParametersCode: version.isStateless ? 400 : 200
        case Self.methodNotFoundCode: version.isStateless ? 404 : 200
        default: 200
        }
    }
}
