import EventLog

/// A memory with those that its links lead to, as the old program's second version reads many at once.
package struct BulkRead: Hashable, Sendable {
    /// How far to go.
    package struct Bounds: Hashable, Sendable {
        /// Links one after the other.
        package var depth: Int
        /// Links of each memory that are followed.
        package var breadth: Int
        /// Memories, the first one among them.
        package var total: Int

        package init(depth: Int = 3, breadth: Int = 5, total: Int = 20) {
            self.depth = depth
            self.breadth = breadth
            self.total = total
        }

        package static let depths = 1...6
        package static let breadths = 1...20
        package static let totals = 1...50
    }

    /// A memory that a link led to.
    package struct Associated: Hashable, Sendable {
        /// As the link calls it.
        package var key: String
        package var linked: LinkedMemory
        package var depth: Int
        /// The link's weight times the memory's score.
        package var combinedScore: Double
    }

    /// Of all texts and summaries together.
    package static let maximumBytes = 64 << 20

    package var target: Associated
    package var associated: [Associated] = []
    package var depthReached = 0
    /// Links to what was met before.
    package var duplicatesSkipped = 0

    /// Six decimals, as the old program rounds it.
    package static func rounded(_ score: Double) -> Double {
        let million = 1_000_000.0
        let scaled = (score * million).rounded()
        return scaled.isFinite ? scaled / million : score
    }
}

extension MemoryReading {
    /// Reads a memory and follows its links, depth first: of each memory the links with the greatest weight times
    /// score, in the order of `LinkedMemory.withSortedLinks`. Each memory comes once, and counts no access.
    ///
    /// - Parameters:
    ///   - bounds: within those that `BulkRead.Bounds` has.
    ///   - allows: memories of a namespace may be shown.
    /// - Returns: nil if the key means no memory that is shown.
    /// - Throws: `MemoryLimitError` beyond `BulkRead.maximumBytes`; what `get` does.
    package func bulkRead(
        _ memory: MemoryKey, _ bounds: BulkRead.Bounds = BulkRead.Bounds(),
        where allows: @escaping @Sendable (String) -> Bool
    ) async throws -> BulkRead? {
        guard let found = try await find(try await resolve(memory)) else {
            try await writeDown(memory, bounds, [:])
            return nil
        }
        var walk = try await BulkWalk(self, bounds, allows, from: found, as: memory.key)
        try await walk.follow(walk.read.target.linked, depth: 1)
        try await writeDown(memory, bounds, walk.shown)
        return walk.read
    }

    /// - Parameter shown: keys by namespace.
    private func writeDown(
        _ memory: MemoryKey, _ bounds: BulkRead.Bounds, _ shown: [ByteText: Set<ByteText>]
    ) async throws {
        guard try source.parts.policy.mustAudit(source.attribution) else { return }
        let asked: JSONObject = [
            "key": .string(memory.key), "depth": JSONValue(bounds.depth), "breadth": JSONValue(bounds.breadth),
            "total": JSONValue(bounds.total),
        ]
        let places = shown.isEmpty ? [ByteText(memory.namespace): []] : shown
        for (namespace, keys) in places.sorted(by: { $0.key < $1.key }) {
            try await audit(.bulk, namespace.text, asked, keys.sorted().map(\.text))
        }
    }
}

private struct BulkWalk<Reading: MemoryReading> {
    private let reading: Reading
    private let bounds: BulkRead.Bounds
    private let allows: @Sendable (String) -> Bool
    private(set) var read: BulkRead
    /// Keys of memories of which something is shown, by namespace.
    private(set) var shown: [ByteText: Set<ByteText>] = [:]
    private var visited: Set<MemoryKey> = []
    private var bytes = 0

    init(
        _ reading: Reading, _ bounds: BulkRead.Bounds, _ allows: @escaping @Sendable (String) -> Bool,
        from memory: Memory, as key: String
    ) async throws {
        self.reading = reading
        self.bounds = bounds
        self.allows = allows
        let linked = try await Self.linked(memory, reading, allows)
        read = BulkRead(target: .init(key: key, linked: linked, depth: 0, combinedScore: 0))
        visited.insert(memory.id)
        try count(memory.id, linked)
    }

    private static func linked(
        _ memory: Memory, _ reading: Reading, _ allows: (String) -> Bool
    ) async throws -> LinkedMemory {
        try await reading.linked(memory.content, of: memory.id, where: allows) {
            try await reading.findLinkedOutlines(of: $0, namespace: $1)
        }.withSortedLinks
    }

    /// Goes on from a memory. What was met meanwhile, further down, is left out and counted as met.
    mutating func follow(_ memory: LinkedMemory, depth: Int) async throws {
        guard read.associated.count < bounds.total - 1 else { return }
        for candidate in candidates(memory) {
            try Task.checkCancellation()
            guard read.associated.count < bounds.total - 1 else { return }
            guard let target = candidate.target, visited.insert(target.memory).inserted else {
                read.duplicatesSkipped += 1
                continue
            }
            // It may have gone since its outline was read.
            guard let found = try await reading.find(target.memory) else { continue }
            let linked = try await Self.linked(found, reading, allows)
            try count(found.id, linked)
            read.depthReached = max(read.depthReached, depth)
            read.associated.append(
                .init(
                    key: candidate.link.key ?? found.key, linked: linked, depth: depth,
                    combinedScore: BulkRead.rounded(candidate.link.weight * Double(target.points))))
            if depth < bounds.depth { try await follow(linked, depth: depth + 1) }
        }
    }

    /// Of each memory that was not met yet the best link, the best ones first. The links are sorted already.
    private mutating func candidates(_ memory: LinkedMemory) -> [LinkedMemory.Link] {
        var taken: Set<MemoryKey> = []
        var candidates: [LinkedMemory.Link] = []
        for link in memory.links {
            guard let target = link.target else { continue }
            if visited.contains(target.memory) {
                read.duplicatesSkipped += 1
            } else if taken.insert(target.memory).inserted {
                candidates.append(link)
            }
        }
        return Array(candidates.prefix(bounds.breadth))
    }

    private mutating func count(_ id: MemoryKey, _ linked: LinkedMemory) throws {
        bytes += linked.content.text.utf8.count + linked.content.summary.utf8.count
        for memory in [id] + linked.links.compactMap(\.target?.memory) {
            shown[ByteText(memory.namespace), default: []].insert(ByteText(memory.key))
        }
        bytes += linked.links.reduce(0) { $0 + $1.summary.utf8.count }
        guard bytes <= BulkRead.maximumBytes else {
            throw MemoryLimitError(
                limit: .textBytes, field: "memories of the bulk read together", allowed: 0...BulkRead.maximumBytes,
                found: bytes)
        }
    }
}
