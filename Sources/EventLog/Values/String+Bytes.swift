import Foundation

/// Swift calls two strings equal when they look the same; a database, a hash and JSON compare bytes.
extension String {
    package func hasSameBytes(as other: String) -> Bool {
        withBytes { left in
            other.withBytes { right in
                guard left.count == right.count else { return false }
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return memcmp(first, second, left.count) == 0
            }
        }
    }

    /// Comes before the other text, byte by byte.
    package func precedesByBytes(_ other: String) -> Bool {
        withBytes { left in
            other.withBytes { right in
                let common = min(left.count, right.count)
                guard common > 0, let first = left.baseAddress, let second = right.baseAddress else {
                    return left.count < right.count
                }
                let order = memcmp(first, second, common)
                return order == 0 ? left.count < right.count : order < 0
            }
        }
    }

    package func begins(withBytesOf prefix: String) -> Bool {
        withBytes { bytes in
            prefix.withBytes { prefix in
                guard prefix.count <= bytes.count else { return false }
                guard let first = bytes.baseAddress, let second = prefix.baseAddress else { return true }
                return memcmp(first, second, prefix.count) == 0
            }
        }
    }

    /// Nil where the bytes are not UTF-8. `String(validating:as:)` does the same through unspecialized generics, at
    /// three times the cost for a short string.
    package init?(validUTF8 bytes: UnsafeBufferPointer<UInt8>) {
        self.init(decoding: bytes, as: UTF8.self)
        let isUnchanged = withBytes { copy in
            guard copy.count == bytes.count else { return false }
            guard let copied = copy.baseAddress, let source = bytes.baseAddress else { return bytes.isEmpty }
            return memcmp(copied, source, bytes.count) == 0
        }
        guard isUnchanged else { return nil }
    }

    package func hashBytes(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8.max)
    }

    /// The bytes without a copy, which all but bridged strings have in one piece.
    private func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return copy.withUTF8(body)
    }
}

/// A text that is compared byte by byte, for use as a dictionary's key.
package struct ByteText: Hashable, Sendable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }
    package func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
    package static func < (left: Self, right: Self) -> Bool {
        left.text.precedesByBytes(right.text)
    }
}

extension Sequence<UInt8> {
    /// Lower case.
    package var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
