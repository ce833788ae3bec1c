import EventLog
import LedgerOperations
import LedgerService
import Logging

/// Decides who calls. Every request goes through it, whatever it asks for.
struct CallerGate: Sendable {
    /// Why a request is not let in.
    struct Refusal: Error {
        var status: Int
        var message: String
        var headers: [String: String] = [:]
    }

    /// What a request says of who sends it.
    struct Credentials {
        /// The header's value.
        var authorization: String?
        /// The address that its connection is from. It is asked for only if there is a token, since it costs something.
        var client: () -> ClientAddress
        /// It says that it came through a proxy.
        var isForwarded: Bool

        init(authorization: String?, client: @escaping @autoclosure () -> ClientAddress, isForwarded: Bool) {
            (self.authorization, self.client, self.isForwarded) = (authorization, client, isForwarded)
        }
    }

    /// Of the header `Authorization`.
    private static let maximumTokenBytes = 512
    /// The name under which those without a token share their measure.
    private static let withoutToken = ""
    private static let heldBack = "held_back"
    private static let refusedBefore = "refused_before"

    private let isOpen: Bool
    private let allowsForwarded: Bool
    private let actor: String?
    private let limiter: RateLimiter?
    private let refused = RefusedTokens()
    private let logger: Logger
    private let find: @Sendable (_ token: String) async throws -> TokenLookup.Answer

    init(
        _ configuration: ServerConfiguration, _ logger: Logger,
        _ find: @escaping @Sendable (_ token: String) async throws -> TokenLookup.Answer
    ) {
        isOpen = configuration.isOpen
        allowsForwarded = configuration.allowsForwarded
        actor = configuration.actor
        let rate = configuration.requestsPerSecond
        limiter = rate > 0 ? RateLimiter(perSecond: Double(rate), atOnce: rate) : nil
        self.logger = logger
        self.find = find
    }

    /// - Parameters:
    ///   - correlation: the request that the events belong to.
    ///   - now: nanoseconds of a clock that never goes back.
    /// - Throws: `Refusal`, and what looking a token up throws.
    func caller(_ credentials: Credentials, correlation: String?, at now: UInt64) async throws -> Caller {
        guard let authorization = credentials.authorization else {
            guard isOpen else { throw Self.unauthorized("a token is needed: send Authorization: Bearer <token>") }
            guard allowsForwarded || !credentials.isForwarded else { throw Self.forwarded }
            try take(Self.withoutToken, at: now)
            return Caller(Attribution(actor: actor, correlationID: correlation), .everything)
        }
        let holder = try await holder(authorization, from: credentials.client(), at: now)
        try take(holder.id, at: now)
        return Caller(Attribution(actor: holder.actor, correlationID: correlation), holder.grant)
    }

    /// Says of how many refusals the log has no line yet, when a server ends.
    func logRest() {
        let unsaid = refused.unsaid
        if unsaid > 0 { logger.notice("More tokens were refused", metadata: ["count": "\(unsaid)"]) }
    }

    private func take(_ caller: String, at now: UInt64) throws(Refusal) {
        if let seconds = limiter?.take(caller, at: now) {
            throw Self.tooMany("too many requests; try again in \(seconds) s", seconds)
        }
    }

    // MARK: Tokens

    private func holder(_ authorization: String, from client: ClientAddress, at now: UInt64) async throws -> TokenHolder
    {
        // The header as it is: a token that is sent in a wrong way may be right in itself.
        switch refused.advice(authorization, from: client.network, at: now) {
        case .wait(let seconds):
            log(Self.heldBack, nil, client, now)
            throw Self.tooMany("too many tokens that are not valid; try again in \(seconds) s", seconds)
        case .refuse:
            log(Self.refusedBefore, nil, client, now)
            throw Self.notValid
        case .lookUp: break
        }
        let answer: TokenLookup.Answer
        if let token = Self.token(authorization) {
            answer = try await find(token)
        } else {
            answer = .refused(reason: "no_token", id: nil)
        }
        switch answer {
        case .holder(let holder):
            refused.holds(authorization)
            return holder
        case .refused(let reason, let id):
            refused.refuse(authorization, from: client.network, at: now)
            log(reason, id, client, now)
            throw Self.notValid
        }
    }

    /// A line for the first refusal of a client, and then one a minute with their number.
    private func log(_ reason: String, _ id: String?, _ client: ClientAddress, _ now: UInt64) {
        guard let others = refused.count(reason, from: client.network, at: now) else { return }
        var metadata: Logger.Metadata = [
            "reason": "\(reason)", "token": "\(id ?? "unknown")", "client": "\(client.text)",
        ]
        if others > 0 { metadata["others"] = "\(others)" }
        logger.notice("A token was refused", metadata: metadata)
    }

    private static func token(_ authorization: String) -> String? {
        guard authorization.utf8.count <= maximumTokenBytes, let blank = authorization.firstIndex(of: " "),
            authorization[..<blank].lowercased() == "bearer"
        else { return nil }
        let token = authorization[blank...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }

    // MARK: Refusals

    /// Whether it is unknown, revoked or expired is not for one who does not have it.
    private static let notValid = unauthorized("this token is not valid; ask who runs the ledger for another")

    private static let forwarded = Refusal(
        status: 403,
        message: "this request came through a proxy, and no token is asked for here: start the server with --auth "
            + "required, or with --allow-forwarded if everyone who reaches the proxy may read and change the ledger")

    private static func unauthorized(_ message: String) -> Refusal {
        Refusal(status: 401, message: message, headers: ["www-authenticate": "Bearer"])
    }

    private static func tooMany(_ message: String, _ seconds: Int) -> Refusal {
        Refusal(status: 429, message: message, headers: ["retry-after": "\(seconds)"])
    }
}
