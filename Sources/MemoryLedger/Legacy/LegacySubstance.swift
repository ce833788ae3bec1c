import Crypto
import EventLog

/// What a legacy row says, its statistics aside. The old program rewrites a memory's statistics at each read, so
/// rows of equal substance are the same row.
///
/// Statistics are: all of `meta`, the column `created_at` of the native tables and their `score`, which the decay task
/// moves, and the access columns of `memory_links`.
struct LegacySubstance: Hashable {
    private let bytes: [UInt8]

    init(_ row: LegacyRow) {
        // The namespaces that are known decide where the memory goes, not what it says.
        guard case .memory(let memory) = LegacyMapping().interpret(row) else {
            self.init(bytes: [Kind.other.rawValue] + row.contentHash)
            return
        }
        self.init(memory.content, isNative: !row.format.isKeyv, expiresAt: memory.expiresAt?.milliseconds)
    }

    /// Of what a memory became from a row, if nobody has changed it since.
    init(_ content: MemoryContent, isNative: Bool, expiresAt: Int64?) {
        var content = content
        content.extra.remove("meta")
        if isNative {
            content.extra.remove("score")
            for index in content.links.indices {
                for name in Self.linkStatistics { content.links[index].extra.remove(name) }
            }
        }
        var hash = SHA256()
        for text in [content.domain, content.summary, content.text, content.type] { Self.update(&hash, text.utf8) }
        Self.update(&hash, MemoryColumns.json(content.keywords))
        Self.update(&hash, MemoryColumns.json(content.links))
        Self.update(&hash, JSONValue(content.extra).description.utf8)
        Self.update(&hash, (expiresAt.map(String.init) ?? "").utf8)
        self.init(bytes: [Kind.memory.rawValue] + Array(hash.finalize()))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private enum Kind: UInt8 {
        case memory, other
    }

    private static let linkStatistics = ["access_count", "last_accessed_at"]

    private static func update(_ hash: inout SHA256, _ bytes: some Collection<UInt8>) {
        withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(bufferPointer: $0) }
        if bytes.withContiguousStorageIfAvailable({ hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            hash.update(data: Array(bytes))
        }
    }
}
