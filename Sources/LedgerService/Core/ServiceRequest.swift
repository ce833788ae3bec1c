/// What came over HTTP, without the connection that it came by.
public struct ServiceRequest: Sendable {
    /// Upper case: `POST`.
    public var method: String
    /// As it was sent, still percent-encoded, without the query.
    public var path: String
    /// Behind the question mark, still percent-encoded; nil if there is none.
    public var query: String?
    /// Names in lower case; of a name that is repeated, the values joined by a comma and a blank.
    public var headers: [String: String]
    public var body: [UInt8]
    public var caller: Caller

    public init(
        _ method: String, _ path: String, query: String? = nil, headers: [String: String] = [:], body: [UInt8] = [],
        by caller: Caller
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.caller = caller
    }
}

/// What goes back.
public struct ServiceAnswer: Hashable, Sendable {
    public var status: Int
    /// Names in lower case. The length of the body is added by who sends it.
    public var headers: [String: String]
    public var body: [UInt8]

    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
