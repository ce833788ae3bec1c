import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Why what came is no request. The message is for who sent it.
struct RequestRefusal: Error, Hashable {
    var status: Int
    var message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// Reads the head of a request as RFC 9112 has it: which host it is for, which path, and if its connection goes on.
enum RequestHead {
    /// - Returns: the request, with `Connection: close` if its connection ends behind the answer.
    /// - Throws: `RequestRefusal`.
    static func read(_ head: HTTPRequestHead, isSecure: Bool) throws(RequestRefusal) -> HTTPRequest {
        let hosts = head.headers["host"]
        guard hosts.count <= 1 else { throw RequestRefusal(400, "the request has more than one Host; send one") }
        guard !hosts.isEmpty || head.version.minor == 0 else {
            throw RequestRefusal(400, "the request has no Host; send the server's name in it")
        }
        let (host, path) = try target(of: head)
        // What an absolute target says counts, whatever the header says: RFC 9112, 3.2.2.
        let authority = host ?? hosts.first
        if let authority, HostName.ofHeader(authority) == nil {
            throw RequestRefusal(400, "the request's Host is no name of a host")
        }
        guard let method = try? HTTPRequest.Method(head.method) else {
            throw RequestRefusal(400, "the request's method is none")
        }
        var request = HTTPRequest(
            method: method, scheme: isSecure ? "https" : "http", authority: authority, path: path,
            headerFields: HTTPFields(head.headers, splitCookie: false))
        if !goesOn(head) { request.headerFields[.connection] = "close" }
        return request
    }

    /// Whether more requests may come by the connection.
    private static func goesOn(_ head: HTTPRequestHead) -> Bool {
        guard head.isKeepAlive else { return false }
        // The parser takes what follows for another protocol, and reads no more requests.
        guard head.headers.contains(name: "upgrade") else { return true }
        return !head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// The host, if the target has one, and the path with its query.
    private static func target(of head: HTTPRequestHead) throws(RequestRefusal) -> (host: String?, path: String) {
        let target = head.uri
        guard head.method != .CONNECT else { throw RequestRefusal(400, "this server is no proxy") }
        if target.utf8.first == UInt8(ascii: "/") || target == "*" { return (nil, target) }
        guard let colon = target.firstRange(of: "://"), isHTTP(target[..<colon.lowerBound]) else {
            throw RequestRefusal(400, "the request's target is no path")
        }
        let rest = target[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let path = rest[end...].prefix { $0 != "#" }
        return (String(rest[..<end]), path.first == "/" ? String(path) : "/" + path)
    }

    private static func isHTTP(_ scheme: Substring) -> Bool { ["http", "https"].contains(scheme.lowercased()) }
}
