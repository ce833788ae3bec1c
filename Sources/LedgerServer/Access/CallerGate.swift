import EventLog
import LedgerOperations
import LedgerService

/// Decides who calls. Every request goes through it, whatever it asks for.
struct CallerGate: Sendable {
    /// Why a request is not let in.
    struct Refusal: Error {
        var status: Int
        var message: String
        var headers: [String: String] = [:]
    }

    /// Of the header `Authorization`.
    private static let maximumTokenBytes = 512
    /// The name under which those without a token share their measure.
    private static let withoutToken = ""

    private let isOpen: Bool
    private let actor: String?
    private let limiter: RateLimiter?
    private let find: @Sendable (_ token: String) async throws -> TokenHolder?

    /// - Parameter find: nil for a token that is unknown, revoked or expired.
    init(
        _ configuration: ServerConfiguration,
        _ find: @escaping @Sendable (_ token: String) async throws -> TokenHolder?
    ) {
        isOpen = configuration.isOpen
        actor = configuration.actor
        limiter = configuration.requestsPerSecond > 0 ? RateLimiter(perSecond: configuration.requestsPerSecond) : nil
        self.find = find
    }

    /// - Parameters:
    ///   - authorization: the header's value.
    ///   - correlation: the request that the events belong to.
    ///   - now: nanoseconds of a clock that never goes back.
    /// - Throws: `Refusal`, and what looking a token up throws.
    func caller(_ authorization: String?, correlation: String?, at now: UInt64) async throws -> Caller {
        guard let authorization else {
            guard isOpen else { throw Self.unauthorized("a token is needed: send Authorization: Bearer <token>") }
            try take(Self.withoutToken, at: now)
            return Caller(Attribution(actor: actor, correlationID: correlation), .everything)
        }
        guard let token = Self.token(authorization), let holder = try await find(token) else {
            // Whether it is unknown, revoked or expired is not for one who does not have it.
            throw Self.unauthorized("this token is not valid; ask who runs the ledger for another")
        }
        try take(holder.id, at: now)
        return Caller(Attribution(actor: holder.actor, correlationID: correlation), holder.grant)
    }

    private func take(_ caller: String, at now: UInt64) throws(Refusal) {
        guard let seconds = limiter?.take(caller, at: now) else { return }
        throw Refusal(
            status: 429, message: "too many requests; try again in \(seconds) s",
            headers: ["retry-after": "\(seconds)"])
    }

    private static func token(_ authorization: String) -> String? {
        guard authorization.utf8.count <= maximumTokenBytes, let blank = authorization.firstIndex(of: " "),
            authorization[..<blank].lowercased() == "bearer"
        else { return nil }
        let token = authorization[blank...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }

    private static func unauthorized(_ message: String) -> Refusal {
        Refusal(status: 401, message: message, headers: ["www-authenticate": "Bearer"])
    }
}
