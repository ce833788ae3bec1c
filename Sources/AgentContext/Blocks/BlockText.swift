import MemoryLedger

/// Edits of a block's text.
enum BlockText {
    /// One line more.
    static func appending(_ line: String, to text: String) -> String {
        text.isEmpty ? line : text + "\n" + line
    }

    /// The text with one piece of it replaced.
    ///
    /// - Throws: `AgentContextError` with `textNotFound`, or `textAmbiguous` if it is there more than once, with the
    ///   lines that it begins in.
    static func replacing(_ old: String, with new: String, in text: String) throws -> String {
        let (piece, bytes) = (Array(old.utf8), Array(text.utf8))
        let places = places(of: piece, in: bytes)
        guard let place = places.first else {
            throw AgentContextError(
                .textNotFound, "The block does not have this text; give it as it stands there, letter by letter.")
        }
        guard places.count == 1 else {
            let lines = places.map { place in 1 + bytes[..<place].count { $0 == UInt8(ascii: "\n") } }
            throw AgentContextError(
                .textAmbiguous,
                "The block has this text \(places.count) times, in the lines "
                    + lines.prefix(namedLines).map(String.init).joined(separator: ", ")
                    + (lines.count > namedLines ? ", …" : "") + "; give more of what is around it.",
                ["lines": .array(lines.map { JSONValue($0) })])
        }
        return String(
            decoding: bytes[..<place] + Array(new.utf8) + bytes[(place + piece.count)...], as: UTF8.self)
    }

    /// Lines that a message names.
    private static let namedLines = 10

    /// Where it begins, each place, overlapping ones too.
    private static func places(of piece: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard let first = piece.first, piece.count <= bytes.count else { return [] }
        return (0...bytes.count - piece.count).filter { place in
            bytes[place] == first && bytes[place..<place + piece.count].elementsEqual(piece)
        }
    }

    /// The text with lines put before one of its lines.
    ///
    /// - Parameter line: from 1; one behind the last: at the end.
    /// - Throws: `MemoryLedgerError.invalidArgument` for a line that there is not.
    static func inserting(_ lines: String, at line: Int, in text: String) throws -> String {
        var present = text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false)
        guard (1...present.count + 1).contains(line) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "The block has \(present.count) lines; insert at 1 to \(present.count + 1), not at \(line).")
        }
        present.insert(Substring(lines), at: line - 1)
        return present.joined(separator: "\n")
    }
}
