import EventLog
import MemoryLedger

extension Page {
    /// A memory in full.
    mutating func memory(_ memory: Memory) {
        let content = memory.content
        line("\(memory.namespace)/\(memory.key)", .bold)
        fields([
            ("summary", content.summary), ("domain", content.domain), ("type", content.type),
            ("keywords", content.keywords.joined(separator: ", ")),
            ("extra", content.extra.isEmpty ? "" : JSONValue.object(content.extra).description),
        ])
        meta(memory.meta)
        if !content.links.isEmpty {
            line()
            var table = Table(
                [
                    .init("LINK", paint: .cyan), .init("WEIGHT", right: true), .init("TO"), .init("TERM"),
                ])
            for link in content.links {
                table.add([link.type, JSONValue(link.weight).description, link.key ?? "", link.term])
            }
            self.table(table)
        }
        if !content.text.isEmpty {
            line()
            block(content.text)
        }
    }

    private mutating func meta(_ meta: MemoryMeta) {
        fields([
            ("status", meta.status.rawValue), ("created", meta.createdAt.rfc3339),
            (
                "accessed",
                meta.accessCount == 0 ? "never" : "\(Figures.grouped(meta.accessCount)) ×, \(meta.lastAccessedAt.rfc3339)"
            ),
            (
                "traversed",
                meta.traverseCount == 0
                    ? "never" : "\(Figures.grouped(meta.traverseCount)) ×, \(meta.lastLinkedAt.rfc3339)"
            ),
            ("degrees", "\(Figures.grouped(meta.inDegree)) in, \(Figures.grouped(meta.outDegree)) out"),
        ])
    }
}

extension MemoryLedger {
    /// A memory that must be there.
    func existing(_ key: MemoryKey) async throws -> Memory {
        guard let memory = try await get(key) else { throw MemoryLedgerError.notFound(key) }
        return memory
    }
}
