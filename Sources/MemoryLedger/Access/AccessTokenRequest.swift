public import EventLog

/// What a token is to be.
///
///     let request = AccessTokenRequest(.write, namespaces: ["research"], expiry: AccessTokenExpiry("30d"))
///     let made = try await ledger.createAccessToken(request, by: me)
public struct AccessTokenRequest: Hashable, Sendable {
    public var scope: AccessScope
    /// At least one, at most `AccessToken.maximumNamespaces`; nil: all.
    public var namespaces: [String]?
    /// The actor of what is done with it; nil: `token-` and its id.
    public var actor: String?
    /// Nil: it holds until it is revoked.
    public var expiry: AccessTokenExpiry?

    public init(
        _ scope: AccessScope, namespaces: [String]?, actor: String? = nil, expiry: AccessTokenExpiry? = nil
    ) {
        self.scope = scope
        self.namespaces = namespaces
        self.actor = actor
        self.expiry = expiry
    }
}

/// From when on a token does not hold.
///
///     let month = AccessTokenExpiry("30d")
///     let year = AccessTokenExpiry("2027-01-01")  // when that day begins in UTC
public enum AccessTokenExpiry: Hashable, Sendable {
    case after(milliseconds: Int64)
    case at(Timestamp)

    public static let words = "30m, 12h, 30d or 8w from now, or a time: RFC 3339, or a date for its beginning in UTC"

    private static let units: [(name: UInt8, milliseconds: Int64)] = [
        (UInt8(ascii: "m"), 60_000), (UInt8(ascii: "h"), 3_600_000), (UInt8(ascii: "d"), 86_400_000),
        (UInt8(ascii: "w"), 7 * 86_400_000),
    ]

    /// Nil if it is none of `words`.
    public init?(_ text: String) {
        let digits = text.utf8.dropLast()
        if let unit = Self.units.first(where: { $0.name == text.utf8.last }), !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        {
            guard let count = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
            let (milliseconds, isTooLong) = count.multipliedReportingOverflow(by: unit.milliseconds)
            guard !isTooLong else { return nil }
            self = .after(milliseconds: milliseconds)
        } else if let time = Timestamp(rfc3339: text) {
            self = .at(time)
        } else {
            return nil
        }
    }

    /// - Throws: `MemoryLedgerError.invalidArgument` if it is not in the future, or beyond the longest lifetime.
    func time(now: Timestamp) throws -> Timestamp {
        let longest = Int64(AccessToken.maximumLifetimeDays) * 86_400_000
        let left: Int64
        switch self {
        case .after(let milliseconds): left = milliseconds
        case .at(let time): left = time.milliseconds.subtractingReportingOverflow(now.milliseconds).partialValue
        }
        guard left > 0 else {
            throw MemoryLedgerError(.invalidArgument, "The token would have expired already; give a later time.")
        }
        guard left <= longest else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A token expires within \(AccessToken.maximumLifetimeDays) days (AccessToken.maximumLifetimeDays); "
                    + "give an earlier time, or none for one that holds until it is revoked.")
        }
        return Timestamp(milliseconds: now.milliseconds + left)
    }
}
