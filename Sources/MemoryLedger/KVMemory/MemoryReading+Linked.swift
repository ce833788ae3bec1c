import EventLog

extension MemoryReading {
    /// A memory's content with the summaries of what its links point at. A link's key means a memory of its own
    /// namespace, or one of a migrated database by its whole key. Counts nothing.
    ///
    /// - Parameter allows: summaries from a namespace may be shown.
    package func linked(
        _ content: MemoryContent, of memory: MemoryKey, where allows: (String) -> Bool
    ) async throws -> LinkedMemory {
        let keys = content.links.compactMap(\.key)
        var summaries = try await summaries(of: keys, namespace: memory.namespace)
        let missing = keys.filter { summaries[ByteText($0)] == nil }
        if !missing.isEmpty {
            let others = try await migrated(missing, besides: memory.namespace, where: allows)
            let byNamespace = Dictionary(grouping: others.values) { ByteText($0.namespace) }
            for (namespace, found) in byNamespace.sorted(by: { $0.key.text.precedesByBytes($1.key.text) }) {
                summaries.merge(try await readableSummaries(of: found.map(\.key), namespace.text)) { own, _ in own }
            }
        }
        let bytes = keys.reduce(0) { $0 + (summaries[ByteText($1)]?.utf8.count ?? 0) }
        guard bytes <= LinkedMemory.maximumSummaryBytes else {
            throw MemoryLimitError(
                limit: .textBytes, field: "summaries of the links", allowed: 0...LinkedMemory.maximumSummaryBytes,
                found: bytes)
        }
        return LinkedMemory(content) { summaries[ByteText($0)] }
    }

    /// None of a namespace that is encrypted and cannot be read here.
    private func readableSummaries(of keys: [String], _ namespace: String) async throws -> [ByteText: String] {
        do {
            return try await summaries(of: keys.sorted { $0.precedesByBytes($1) }, namespace: namespace)
        } catch let error as EventLogError where [.masterKeyMissing, .masterKeyWrong].contains(error.code) {
            return [:]
        }
    }
}
