/// The header `traceparent` of W3C Trace Context: `00-<trace, 32 hexadecimal digits>-<parent, 16>-<flags, 2>`.
/// https://www.w3.org/TR/trace-context/#traceparent-header
package enum TraceParent {
    private static let lengths = [2, 32, 16, 2]

    /// The trace; nil if it is none.
    package static func trace(of header: String) -> String? {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        // Later versions may have more parts behind these.
        guard parts.count >= lengths.count, parts[0] != "ff", parts[0] != "00" || parts.count == lengths.count else {
            return nil
        }
        for (part, length) in zip(parts, lengths) {
            let isHexadecimal = part.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
            guard part.utf8.count == length, isHexadecimal else { return nil }
        }
        guard parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }) else { return nil }
        return String(parts[1])
    }
}
