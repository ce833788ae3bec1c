/// A token, lent for the time of a call: its bytes are gone afterwards.
package struct TextToken {
    package enum Kind: UInt8, Sendable {
        /// A word, or a part of an identifier.
        case part
        /// A whole identifier, at the position of its first part.
        case whole
        /// Two neighbours of a run.
        case pair
        /// The last character of a run.
        case last
        case emoji
        /// A `FilterTerm`.
        case filter
    }

    package let kind: Kind
    /// Folded, in UTF-8.
    package let bytes: UnsafeBufferPointer<UInt8>
    /// Where it stands in the text, in bytes.
    package let start: Int
    package let end: Int

    /// It stands where the token before it stands.
    package var isColocated: Bool { kind == .whole }
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
