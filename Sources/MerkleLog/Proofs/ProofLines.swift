import EventLog

/// The lines of a proof file, taken off its front.
struct ProofLines {
    private(set) var rest: ArraySlice<UInt8>

    private static let lineBreak = UInt8(ascii: "\n")

    init(_ bytes: some Collection<UInt8>, maximumBytes: Int) throws {
        guard bytes.count <= maximumBytes else {
            throw EventLogError.proof("it has more than \(maximumBytes) bytes")
        }
        rest = Array(bytes)[...]
    }

    /// The next line without its line break; nil where no line break follows.
    mutating func next() -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: Self.lineBreak) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }

    /// The hashes up to the blank line that ends them.
    mutating func hashes(atMost limit: Int) throws -> [MerkleHash] {
        var hashes: [MerkleHash] = []
        while let line = next() {
            if line.isEmpty { return hashes }
            guard hashes.count < limit else { throw EventLogError.proof("it has more than \(limit) hashes") }
            guard let hash = StrictBase64.hash(line) else {
                throw EventLogError.proof("line \(hashes.count + 1) of its hashes is not 32 bytes in base64")
            }
            hashes.append(hash)
        }
        throw EventLogError.proof("no blank line follows its hashes")
    }

    /// A checkpoint up to the blank line that follows it: the second one from here.
    mutating func noteBytes() throws -> ArraySlice<UInt8> {
        let all = rest
        var blankLines = 0
        while let line = next() {
            if line.isEmpty { blankLines += 1 }
            if blankLines == 2 { return all[..<line.startIndex] }
        }
        throw EventLogError.proof("its second checkpoint is missing")
    }
}

extension ArraySlice<UInt8> {
    /// What follows the prefix; nil where it begins with something else.
    func dropped(prefix: String) -> ArraySlice<UInt8>? {
        starts(with: prefix.utf8) ? dropFirst(prefix.utf8.count) : nil
    }
}
