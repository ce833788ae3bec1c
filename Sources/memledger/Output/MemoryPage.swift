import EventLog
import MemoryLedger

extension Page {
    /// A memory in full.
    mutating func memory(_ memory: Memory) {
        let content = memory.content
        line("\(memory.namespace)/\(memory.key)", .bold)
        fields(
            [
                ("summary", content.summary), ("domain", content.domain), ("type", content.type),
                ("keywords", content.keywords.joined(separator: ", ")),
                ("source", memory.provenance?.source?.description ?? ""),
                ("trust", memory.provenance?.trust.map { "\($0) of 100" } ?? ""),
                ("derived from", Self.keys(memory.provenance?.derivedFrom ?? [], in: memory.namespace)),
                ("extra", content.extra.isEmpty ? "" : JSONValue.object(content.extra).description),
            ] + Self.fields(memory.meta))
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

    private static func keys(_ keys: [MemoryKey], in namespace: String) -> String {
        keys.map { $0.namespace == namespace ? $0.key : "/\($0.namespace)/\($0.key)" }.joined(separator: ", ")
    }

    private static func fields(_ meta: MemoryMeta) -> [(String, String)] {
        [
            ("status", meta.status.rawValue),
            ("created", meta.createdAt.rfc3339),
            ("accessed", times(meta.accessCount, meta.lastAccessedAt)),
            ("traversed", times(meta.traverseCount, meta.lastLinkedAt)),
            ("degrees", "\(Figures.grouped(meta.inDegree)) in, \(Figures.grouped(meta.outDegree)) out"),
        ]
    }

    private static func times(_ count: Int, _ last: Timestamp) -> String {
        count == 0 ? "never" : "\(Figures.count(count, "time", "times")), last \(last.rfc3339)"
    }
}
