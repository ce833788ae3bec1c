import Synchronization

/// Payload encoders for appends, kept for the next one.
package final class EncoderPool: Sendable {
    /// Proof of safety: an encoder is in the pool or with exactly one borrower.
    private struct Idle: @unchecked Sendable {
        let encoder: PayloadEncoder
    }

    private let idle = Mutex<[Idle]>([])
    private static let maximumIdle = 8

    package init() {}

    /// Lends an encoder for the dictionary.
    package func withEncoder<R>(_ dictionary: CompressionDictionary?, _ body: (PayloadEncoder) throws -> R) rethrows
        -> R
    {
        let known = idle.withLock { $0.popLast() }
        let encoder: PayloadEncoder
        if let known, known.encoder.dictionaryNumber == dictionary?.number {
            encoder = known.encoder
        } else {
            encoder = PayloadEncoder(dictionary: dictionary)
        }
        let back = Idle(encoder: encoder)
        defer { idle.withLock { if $0.count < Self.maximumIdle { $0.append(back) } } }
        return try body(encoder)
    }
}
