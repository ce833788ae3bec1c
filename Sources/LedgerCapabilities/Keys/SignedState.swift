package import EventLog
package import MerkleLog

/// What a key has signed, or may have signed: per origin the last size and root. Beside the key's file, not in the
/// ledger, so that rolling the ledger back does not roll this back. A key signs only where it is, and only for origins
/// that it names or that a restore made of those.
///
///     memoryledger.org/signed@v1
///     <size> <root in base64> <origin>
package struct SignedState: Hashable {
    package struct Entry: Hashable {
        var origin: ByteText
        package var size: Int64
        package var root: MerkleHash
    }

    private(set) var entries: [Entry] = []

    static let header = "memoryledger.org/signed@v1"
    /// Ledgers and epochs that one key signs for.
    static let maximumOrigins = 10_000
    static let maximumBytes = 16_777_216

    package init() {}

    init(_ bytes: [UInt8], path: String) throws {
        let damage = EventLogError(
            .storage, "\(path) is damaged, and tells what must not be contradicted; bring it back from a backup.")
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty == true, lines.first?.elementsEqual(Self.header.utf8) == true else {
            throw damage
        }
        for line in lines.dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let size = StrictDecimal.decode(fields[0]),
                let root = StrictBase64.hash(fields[1]), let origin = String(validating: fields[2], as: UTF8.self)
            else { throw damage }
            entries.append(Entry(origin: ByteText(origin), size: size, root: root))
        }
    }

    package var bytes: [UInt8] {
        var text = Self.header + "\n"
        for entry in entries {
            text += "\(entry.size) \(StrictBase64.encode(entry.root.bytes)) \(entry.origin.text)\n"
        }
        return Array(text.utf8)
    }

    package func last(_ origin: String) -> Entry? { entries.first { $0.origin == ByteText(origin) } }

    /// From now on this checkpoint is the last of its origin, unless a larger one is.
    package mutating func note(_ checkpoint: Checkpoint) throws {
        let origin = ByteText(checkpoint.origin)
        let entry = Entry(origin: origin, size: checkpoint.size, root: checkpoint.root)
        guard let index = entries.firstIndex(where: { $0.origin == origin }) else {
            guard entries.count < Self.maximumOrigins else {
                throw EventLogError.limit(
                    "SignedState.maximumOrigins", allowed: Self.maximumOrigins, found: entries.count + 1,
                    what: "The number of origins that the key signs for")
            }
            return entries.append(entry)
        }
        if entries[index].size <= checkpoint.size { entries[index] = entry }
    }
}
