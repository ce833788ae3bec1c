/// Where randomness comes from: ids of ledgers, nonces, data keys. Passed in, so that tests repeat.
public protocol RandomSource: Sendable {
    /// So many random bytes.
    func bytes(_ count: Int) -> [UInt8]
}

/// The operating system's randomness, fit for keys.
public struct SystemRandomSource: RandomSource {
    public init() {}

    public func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
