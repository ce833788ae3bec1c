public import EventLog

/// What a checkout wrote.
public struct CheckoutReport: Hashable, Sendable {
    public var file: String
    public var moment: LogMoment
    public var sizeBytes: Int64
    /// SHA-256 of each table in hexadecimal, by its name.
    public var digests: [String: String]
    /// What the table `checkout_info` says, in the order of the names.
    public var info: [Info]

    /// A row of `checkout_info`.
    public struct Info: Hashable, Sendable {
        public var name: String
        public var value: String
    }
}
