import EventLog
import MemoryLedger

/// What a request is called by its client: a string or a whole number, answered as it was written.
struct JSONRPCID: Hashable, Sendable {
    let json: JSONValue

    /// The longest, in bytes of UTF-8.
    static let maximumBytes = 1_024

    /// Nil if a request cannot have it.
    init?(_ json: JSONValue) {
        switch json {
        case .string(let text) where text.utf8.count <= Self.maximumBytes: break
        case .number(let number) where Self.isWhole(number.text): break
        default: return nil
        }
        self.json = json
    }

    private static func isWhole(_ text: String) -> Bool {
        text.utf8.count <= maximumBytes
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

/// What a client wants to have answered.
struct JSONRPCRequest: Hashable, Sendable {
    var id: JSONRPCID
    var method: String
    var params: JSONObject

    /// What the protocol itself says about the request.
    var meta: JSONObject? { params["_meta"]?.object }
}

/// One message of a client.
enum JSONRPCMessage: Hashable, Sendable {
    case request(JSONRPCRequest)
    case notification(method: String, params: JSONObject)
    /// An answer to what this server never asks.
    case response
    case invalid(MCPError, JSONRPCID?)

    /// Reads JSON as JavaScript does: clients cut texts inside surrogate pairs, and a half becomes U+FFFD.
    ///
    /// - Throws: `MCPError` if it is none.
    static func json(_ bytes: [UInt8]) throws -> JSONValue {
        do { return try JSONParser.parseRepairing(bytes).0 } catch {
            throw MCPError(MCPError.parseErrorCode, "Parse error: \(error)")
        }
    }

    init(_ json: JSONValue) {
        guard let object = json.object else {
            self = .invalid(.invalidRequest("A message is a JSON object."), nil)
            return
        }
        let id = object["id"]
        let known = id.flatMap { JSONRPCID($0) }
        func invalid(_ message: String) -> Self { .invalid(.invalidRequest(message), known) }
        guard object["jsonrpc"]?.string?.hasSameBytes(as: "2.0") == true else {
            self = invalid("`jsonrpc` is \"2.0\".")
            return
        }
        guard let method = object["method"] else {
            self = object["result"] != nil || object["error"] != nil ? .response : invalid("`method` is missing.")
            return
        }
        guard let name = method.string else {
            self = invalid("`method` is a string.")
            return
        }
        guard id == nil || known != nil else {
            self = invalid("`id` is a string or a whole number of at most \(JSONRPCID.maximumBytes) bytes.")
            return
        }
        let params = object["params"]
        guard let known else {
            // Nothing is ever said of one, whatever it has.
            self = .notification(method: name, params: params?.object ?? [:])
            return
        }
        guard params == nil || params?.object != nil else {
            self = .invalid(.invalidParameters("`params` is an object."), known)
            return
        }
        self = .request(JSONRPCRequest(id: known, method: name, params: params?.object ?? [:]))
    }
}

/// What goes back.
enum JSONRPCAnswer {
    static func result(_ id: JSONRPCID, _ result: JSONValue) -> JSONValue {
        ["jsonrpc": "2.0", "id": id.json, "result": result]
    }

    /// - Parameter id: nil if it could not be read.
    static func error(_ id: JSONRPCID?, _ error: MCPError) -> JSONValue {
        ["jsonrpc": "2.0", "id": id?.json ?? .null, "error": error.json]
    }
}
