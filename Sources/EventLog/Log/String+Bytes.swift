import Foundation

/// Swift calls two strings equal when they look the same; a database, a hash and JSON compare bytes.
extension String {
    package func hasSameBytes(as other: String) -> Bool {
        var left = self
        var right = other
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard left.count == right.count else { return false }
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return memcmp(first, second, left.count) == 0
            }
        }
    }

    /// Nil where the bytes are not UTF-8. `String(validating:as:)` does the same through unspecialized generics, at
    /// three times the cost for a short string.
    package init?(validUTF8 bytes: UnsafeBufferPointer<UInt8>) {
        self.init(decoding: bytes, as: UTF8.self)
        let isUnchanged = withUTF8 { copy in
            guard copy.count == bytes.count else { return false }
            guard let copied = copy.baseAddress, let source = bytes.baseAddress else { return bytes.isEmpty }
            return memcmp(copied, source, bytes.count) == 0
        }
        guard isUnchanged else { return nil }
    }

    package func hashBytes(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8.max)
    }
}

/// A text that is compared byte by byte, for use as a dictionary's key.
package struct ByteText: Hashable, Sendable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }
    package func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
