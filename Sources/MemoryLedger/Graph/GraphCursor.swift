import EventLog
import Foundation

/// Where a page ends, as a text that only this program reads: a JSON list in base64 for URLs.
enum GraphCursor {
    static func text(_ parts: JSONValue...) -> String {
        Data(JSONValue.array(parts).compactBytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The parts of a cursor.
    ///
    /// - Parameter read: nil if they are not those of this kind of page.
    /// - Throws: `MemoryLedgerError.invalidArgument`.
    static func read<T>(_ cursor: String, _ read: ([JSONValue]) -> T?) throws -> T {
        var base64 = cursor.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), let list = try? JSONParser.parse([UInt8](data)).array,
            let found = read(list)
        else {
            throw MemoryLedgerError(
                .invalidArgument, "\"\(cursor.prefix(100))\" is not a cursor; pass the `next` of the page before.")
        }
        return found
    }
}
