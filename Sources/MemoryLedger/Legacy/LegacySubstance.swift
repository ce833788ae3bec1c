import Crypto
import EventLog

/// What a legacy row says, its statistics aside. The old program rewrites a memory's statistics at each read, so
/// rows of equal substance are the same row.
///
/// Statistics are: all of `meta`, the column `created_at` of the native tables and their `score`, which the decay task
/// moves, and the times and counts of `memory_links`, which a version that adds these columns or writes the links again
/// sets.
struct LegacySubstance: Hashable {
    typealias Part = LegacyCheckedOut.Part

    /// What it is, and then a digest: of the whole row if it is no memory, else of each part in their order.
    let bytes: [UInt8]

    /// Of a part, of its SHA-256.
    private static let digestBytes = 16

    /// - Parameter memory: of what the row's layout has no column for, the substance is this one's.
    init(_ row: LegacyRow, completedBy memory: MemoryContent? = nil) {
        // The namespaces that are known decide where the memory goes, not what it says.
        guard case .memory(let read) = LegacyMapping().interpret(row) else {
            self.init([Kind.other.rawValue] + row.contentHash)
            return
        }
        let content = memory.map { row.completed(read.content, from: $0) } ?? read.content
        self.init(content, isNative: !row.format.isKeyv, expiresAt: read.expiresAt?.milliseconds)
    }

    /// Of a row of a native table: what the upgrade from the first layout to the later ones keeps of it.
    init(acrossUpgrade row: LegacyRow) {
        guard case .memory(var memory) = LegacyMapping().interpret(row) else {
            self.init([Kind.other.rawValue] + row.contentHash)
            return
        }
        (memory.content.domain, memory.content.type, memory.content.keywords) = ("", "", [])
        memory.content.extra = [:]
        for index in memory.content.links.indices { memory.content.links[index].extra = [:] }
        self.init(memory.content, isNative: true, expiresAt: nil)
    }

    /// Of what a memory became from a row, if it was not changed since.
    init(_ content: MemoryContent, isNative: Bool, expiresAt: Int64?) {
        var content = content
        content.extra.remove("meta")
        if isNative {
            content.extra.remove("score")
            for index in content.links.indices {
                for name in Self.linkStatistics { content.links[index].extra.remove(name) }
            }
        }
        var bytes = [Kind.memory.rawValue]
        for part in Part.allCases { bytes += Self.digest(part, content, expiresAt) }
        self.init(bytes)
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// As they were kept; nil if they are none of a memory.
    init?(bytes: [UInt8]) {
        guard bytes.first == Kind.memory.rawValue, bytes.count == 1 + Part.allCases.count * Self.digestBytes else {
            return nil
        }
        self.init(bytes)
    }

    /// The parts that two memories have in common; none where one is no memory.
    func parts(sameAs other: LegacySubstance) -> Set<Part> {
        guard bytes.first == Kind.memory.rawValue, other.bytes.first == Kind.memory.rawValue else { return [] }
        let same = Part.allCases.enumerated().filter { index, _ in
            let range = 1 + index * Self.digestBytes..<1 + (index + 1) * Self.digestBytes
            return bytes[range] == other.bytes[range]
        }
        return Set(same.map(\.element))
    }

    private enum Kind: UInt8 {
        case memory, other
    }

    private static let linkStatistics = ["created_at", "access_count", "last_accessed_at"]

    private static func digest(_ part: Part, _ content: MemoryContent, _ expiresAt: Int64?) -> ArraySlice<UInt8> {
        let bytes: [UInt8] =
            switch part {
            case .domain: Array(content.domain.utf8)
            case .summary: Array(content.summary.utf8)
            case .text: Array(content.text.utf8)
            case .type: Array(content.type.utf8)
            case .keywords: MemoryColumns.json(content.keywords)
            case .links: MemoryColumns.json(content.links)
            case .extra: Array(JSONValue(content.extra).description.utf8)
            case .expires: Array((expiresAt.map(String.init) ?? "").utf8)
            }
        return Array(SHA256.hash(data: bytes)).prefix(digestBytes)
    }
}
