import EventLog
import MemoryLedger

/// In which order links are shown.
enum LinkOrder {
    /// What stands for the score of a memory that has none.
    private static let unknownScore = 50.0

    /// By weight times the target's score, falling, then by weight, falling, then by key. No memory has a score yet.
    static func sorted(_ links: [LinkedMemory.Link]) -> [LinkedMemory.Link] {
        links.enumerated().sorted { left, right in
            let (one, other) = (left.element.link, right.element.link)
            let (score, otherScore) = (one.weight * unknownScore, other.weight * unknownScore)
            if score != otherScore { return score > otherScore }
            if one.weight != other.weight { return one.weight > other.weight }
            switch KeyCollation.compare(one.key ?? "", other.key ?? "") {
            case .before: return true
            case .after: return false
            // What is equal stays in its order.
            case .same: return left.offset < right.offset
            }
        }.map(\.element)
    }
}

extension LinkedMemory {
    /// The same with its links sorted.
    var withSortedLinks: Self {
        var memory = self
        memory.links = LinkOrder.sorted(links)
        memory.content.links = memory.links.map(\.link)
        return memory
    }
}
