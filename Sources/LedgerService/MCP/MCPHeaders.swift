import EventLog
import Foundation
import MemoryLedger

/// The headers of a request over HTTP that repeat what its body says, so that what routes it need not read the body.
struct MCPHeaders: Sendable {
    private let headers: [String: String]

    static let versionName = "MCP-Protocol-Version"

    /// - Parameter headers: names in lower case.
    init(_ headers: [String: String]) { self.headers = headers }

    var version: String? { headers["mcp-protocol-version"] }

    /// Whether the client takes an answer of a media type: the range that names it most closely says so, unless with a
    /// weight of 0.
    func accepts(_ type: String) -> Bool {
        let family = type.prefix { $0 != "/" } + "/*"
        let ranges = (headers["accept"] ?? "").split(separator: ",").map(Self.range)
        for name in [type, String(family), "*/*"] {
            let weights = ranges.filter { $0.type == name }.map(\.weight)
            if let most = weights.max() { return most > 0 }
        }
        return false
    }

    /// A media range and its weight, which is 1 unless it is a number from 0 on.
    private static func range(_ text: Substring) -> (type: String, weight: Double) {
        let parts = text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
        return (parts.first ?? "", weight ?? 1)
    }

    /// Whether the body is JSON.
    var isJSON: Bool { Self.values(headers["content-type"]).first == "application/json" }

    private static func values(_ header: String?) -> [String] {
        (header ?? "").split(separator: ",").map { value in
            value.prefix { $0 != ";" }.lowercased().trimmingCharacters(in: .whitespaces)
        }
    }

    /// Checks a request of the stateless revisions.
    ///
    /// - Parameter version: What the body names.
    /// - Throws: `MCPError` if a header is missing or says something else than the body.
    func check(_ request: JSONRPCRequest, version: String) throws {
        try check(Self.versionName, self.version, version)
        try check("Mcp-Method", headers["mcp-method"], request.method)
        guard let member = Self.named[request.method], let name = request.params[member]?.string else { return }
        guard let header = headers["mcp-name"] else { throw MCPError.headerMismatch("Mcp-Name", "is missing") }
        guard let decoded = Self.decoded(header) else {
            throw MCPError.headerMismatch("Mcp-Name", "has a value that is not encoded well")
        }
        try check("Mcp-Name", decoded, name)
    }

    /// Checks a notification, whose headers the specification says little of: what is there must not contradict the
    /// body, and a version in the body must be in the header, too.
    ///
    /// - Throws: `MCPError`.
    func check(notification method: String, _ params: JSONObject) throws {
        let asked = params["_meta"]?[MCPMetaName.version]
        if let asked { try check(Self.versionName, version, asked.string ?? "") }
        let known = version.map { MCPVersion(rawValue: $0) } ?? .withoutHeader
        if asked != nil || known?.isStateless == true, let header = headers["mcp-method"] {
            try check("Mcp-Method", header, method)
        }
        guard let known, asked == nil || known.isStateless else { throw MCPError.unsupported(version: version ?? "") }
    }

    /// Which parameter the header `Mcp-Name` repeats.
    private static let named = ["tools/call": "name", "prompts/get": "name", "resources/read": "uri"]

    private func check(_ name: String, _ header: String?, _ body: String) throws {
        guard let header else { throw MCPError.headerMismatch(name, "is missing") }
        guard header.hasSameBytes(as: body) else {
            throw MCPError.headerMismatch(name, "does not have the body's value")
        }
    }

    /// The value of a header; nil if it is in base64 that no encoder writes.
    static func decoded(_ header: String) -> String? {
        let (prefix, suffix) = ("=?base64?", "?=")
        guard header.hasPrefix(prefix), header.hasSuffix(suffix), header.utf8.count >= (prefix + suffix).utf8.count
        else { return header }
        let text = String(header.dropFirst(prefix.count).dropLast(suffix.count))
        guard let bytes = Data(base64Encoded: text), bytes.base64EncodedString().hasSameBytes(as: text) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
