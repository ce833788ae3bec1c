import Foundation

/// Swift calls two strings equal when they look the same; a database, a hash and JSON compare bytes.
extension String {
    package func hasSameBytes(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }

    /// Nil where the bytes are not UTF-8. `String(validating:as:)` does the same through unspecialized generics, at three
    /// times the cost for a short string.
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
