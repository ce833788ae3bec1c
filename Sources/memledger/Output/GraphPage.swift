import EventLog
import MemoryLedger

extension Page {
    mutating func neighbours(_ page: NeighbourPage) {
        var table = Table([
            .init("", paint: .dim), .init("LINK", paint: .cyan), .init("WEIGHT", right: true),
            .init("KEY", paint: .bold), .init("TERM"), .init("SUMMARY"),
        ])
        for neighbour in page.neighbours {
            let link = neighbour.link
            table.add([
                neighbour.isIncoming ? "←" : "→", link.type, Self.weight(link.weight), neighbour.key ?? "", link.term,
                neighbour.summary ?? "(no memory)",
            ])
        }
        self.table(table)
        if page.neighbours.isEmpty { line("No links.", .dim) }
        if page.total > page.neighbours.count {
            line("\(Figures.grouped(page.neighbours.count)) of \(Figures.count(page.total, "link", "links")).", .dim)
        }
        more(page.next)
    }

    mutating func hubs(_ page: HubPage) {
        var table = Table([.init("LINKS", right: true), .init("KEY", paint: .bold), .init("SUMMARY")])
        for hub in page.hubs { table.add([Figures.grouped(hub.links), hub.memory.key, hub.memory.summary]) }
        self.table(table)
        if page.hubs.isEmpty { line("No memory has links.", .dim) }
        more(page.next)
    }

    mutating func orphans(_ page: OrphanPage) {
        var table = Table([.init("KEY", paint: .bold), .init("TYPE", paint: .cyan), .init("SUMMARY")])
        for memory in page.memories { table.add([memory.key, memory.type, memory.summary]) }
        self.table(table)
        if page.memories.isEmpty { line("No such memories here.", .dim) }
        more(page.next)
    }

    mutating func components(_ page: ComponentPage) {
        var table = Table([.init("MEMORIES", right: true), .init("KEYS")])
        for component in page.components {
            let rest = component.size > component.keys.count ? ", …" : ""
            table.add([Figures.grouped(component.size), component.keys.joined(separator: ", ") + rest])
        }
        self.table(table)
        line("\(Figures.count(page.total, "component", "components")).", .dim)
        more(page.next)
    }

    mutating func dangling(_ page: DanglingPage) {
        var table = Table([
            .init("FROM", paint: .bold), .init("LINK", paint: .cyan), .init("WEIGHT", right: true), .init("TO"),
            .init("TERM"),
        ])
        for link in page.links {
            table.add([link.from, link.type, Self.weight(link.weight), link.to ?? "", link.term])
        }
        self.table(table)
        if page.links.isEmpty { line("Every link has a memory.", .dim) }
        more(page.next)
    }

    /// The memories of a way, each with the link by which it was reached.
    mutating func way(_ path: LinkPath) {
        var table = Table([
            .init("", paint: .dim), .init("LINK", paint: .cyan), .init("WEIGHT", right: true),
            .init("KEY", paint: .bold), .init("SUMMARY"),
        ])
        for memory in path.memories {
            table.add([
                memory.link == nil ? "" : memory.isIncoming ? "←" : "→", memory.link?.type ?? "",
                memory.link.map { Self.weight($0.weight) } ?? "", memory.key, memory.summary,
            ])
        }
        self.table(table)
    }

    private mutating func more(_ next: String?) {
        if let next { line("More: add --after \(next)", .dim) }
    }

    private static func weight(_ weight: Double) -> String { JSONValue(weight).description }
}
