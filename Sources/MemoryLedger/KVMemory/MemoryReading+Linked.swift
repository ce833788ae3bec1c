import EventLog

extension MemoryReading {
    /// A memory's content with the summaries of what its links point at. A link's key means a memory of its own
    /// namespace, or one of a migrated database by its whole key. Counts nothing.
    ///
    /// - Parameter allows: summaries from a namespace may be shown.
    package func linked(
        _ content: MemoryContent, of memory: MemoryKey, where allows: (String) -> Bool
    ) async throws -> LinkedMemory {
        try await linked(content, of: memory, where: allows) { try await linkedOutlines(of: $0, namespace: $1) }
    }

    /// - Parameter targets: what keys of a namespace mean.
    func linked(
        _ content: MemoryContent, of memory: MemoryKey, where allows: (String) -> Bool,
        _ targets: (_ keys: [String], _ namespace: String) async throws -> [ByteText: LinkedOutline]
    ) async throws -> LinkedMemory {
        let keys = content.links.compactMap(\.key)
        var found = try await targets(keys, memory.namespace)
        let missing = keys.filter { found[ByteText($0)] == nil }
        if !missing.isEmpty {
            let others = try await migrated(missing, besides: memory.namespace, where: allows)
            let byNamespace = Dictionary(grouping: others) { ByteText($0.value.namespace) }
            for (namespace, meant) in byNamespace.sorted(by: { $0.key.text.precedesByBytes($1.key.text) }) {
                let elsewhere = try await Self.ifReadable {
                    try await targets(meant.map(\.value.key).sorted { $0.precedesByBytes($1) }, namespace.text)
                }
                for (key, memory) in meant { found[key] = elsewhere[ByteText(memory.key)] }
            }
        }
        let bytes = keys.reduce(0) { $0 + (found[ByteText($1)]?.summary.utf8.count ?? 0) }
        guard bytes <= LinkedMemory.maximumSummaryBytes else {
            throw MemoryLimitError(
                limit: .textBytes, field: "summaries of the links", allowed: 0...LinkedMemory.maximumSummaryBytes,
                found: bytes)
        }
        return LinkedMemory(content) { found[ByteText($0)] }
    }

    /// None of a namespace that is encrypted and cannot be read here.
    private static func ifReadable(
        _ body: () async throws -> [ByteText: LinkedOutline]
    ) async throws -> [ByteText: LinkedOutline] {
        do { return try await body() } catch let error as EventLogError
            where [.masterKeyMissing, .masterKeyWrong].contains(error.code)
        {
            return [:]
        }
    }
}
