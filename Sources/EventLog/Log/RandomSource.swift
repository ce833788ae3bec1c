/// Where randomness comes from: keys and nonces. Passed in, so that tests can repeat themselves.
public protocol RandomSource: Sendable {
    /// That many bytes that nobody can foretell.
    func bytes(_ count: Int) -> [UInt8]
}

/// The system's cryptographically secure generator.
public struct SystemRandomSource: RandomSource {
    public init() {}

    public func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<max(0, count)).map { _ in .random(in: .min ... .max, using: &generator) }
    }
}
