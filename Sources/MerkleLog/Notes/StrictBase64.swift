package import EventLog
import Foundation

/// Base64 by RFC 4648 §4 in its one canonical form: a text that would be written otherwise is refused, so that no two
/// texts mean the same bytes.
package enum StrictBase64 {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }

    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Data(text)
        guard let decoded = Data(base64Encoded: text), decoded.base64EncodedData() == text else { return nil }
        return Array(decoded)
    }

    package static func hash(_ text: some Collection<UInt8>) -> MerkleHash? { decode(text).flatMap { MerkleHash($0) } }
}

/// Whole numbers in decimal digits, without a sign and without leading zeros.
package enum StrictDecimal {
    package static func decode(_ text: some Collection<UInt8>) -> Int64? {
        guard let first = text.first, first != UInt8(ascii: "0") || text.count == 1,
            text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int64(String(decoding: text, as: UTF8.self))
    }
}
