import EventLog
import MemoryLedger

/// What stands in a URL, as the URL standard reads it: https://url.spec.whatwg.org/#urlencoded-parsing.
enum QueryText {
    /// The first value of each of the names that a query has, in the order of the names, as an object of texts.
    ///
    /// - Parameter query: behind the question mark, still percent-encoded; nil if there is none.
    static func values(of names: [String], in query: String?) -> JSONObject {
        var found: [ByteText: String] = [:]
        for part in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = ByteText(text(pair[0]))
            if found[name] == nil { found[name] = pair.count > 1 ? text(pair[1]) : "" }
        }
        var values = JSONObject()
        for name in names { if let value = found[ByteText(name)] { values.append(name, .string(value)) } }
        return values
    }

    /// A plus is a blank; bytes that are not UTF-8 become U+FFFD.
    private static func text(_ encoded: some Collection<UInt8>) -> String {
        String(decoding: bytes(encoded, plus: UInt8(ascii: " ")), as: UTF8.self)
    }

    /// A part of a path; nil if its percent signs stand before no two digits, or its bytes are not UTF-8, which
    /// JavaScript's `decodeURIComponent` refuses.
    static func pathPart(_ encoded: Substring) -> String? {
        let given = Array(encoded.utf8)
        for (index, byte) in given.enumerated() where byte == UInt8(ascii: "%") {
            guard index + 2 < given.count, digit(given[index + 1]) != nil, digit(given[index + 2]) != nil else {
                return nil
            }
        }
        return String(validating: bytes(given, plus: UInt8(ascii: "+")), as: UTF8.self)
    }

    private static func bytes(_ encoded: some Collection<UInt8>, plus: UInt8) -> [UInt8] {
        let given = Array(encoded)
        var bytes: [UInt8] = []
        var index = 0
        while index < given.count {
            if given[index] == UInt8(ascii: "%"), index + 2 < given.count, let high = digit(given[index + 1]),
                let low = digit(given[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(given[index] == UInt8(ascii: "+") ? plus : given[index])
                index += 1
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
