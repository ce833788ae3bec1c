import EventLog

/// In which order the old program's second version shows links.
enum LinkOrder {
    /// By weight times the target's score, falling, then by weight, falling, then by key (`KeyCollation`).
    static func isBefore(
        _ left: (weight: Double, points: Int, key: String), _ right: (weight: Double, points: Int, key: String)
    ) -> Bool? {
        let (score, otherScore) = (left.weight * Double(left.points), right.weight * Double(right.points))
        if score != otherScore { return score > otherScore }
        if left.weight != right.weight { return left.weight > right.weight }
        return switch KeyCollation.compare(left.key, right.key) {
        case .before: true
        case .after: false
        case .same: nil
        }
    }
}

extension LinkedMemory {
    /// The same with its links sorted. What is equal stays in its order.
    package var withSortedLinks: Self {
        var memory = self
        memory.links = links.enumerated().sorted { left, right in
            LinkOrder.isBefore(left.element.rank, right.element.rank) ?? (left.offset < right.offset)
        }.map(\.element)
        memory.content.links = memory.links.map(\.link)
        return memory
    }
}

extension LinkedMemory.Link {
    fileprivate var rank: (weight: Double, points: Int, key: String) {
        (link.weight, target?.points ?? MemoryScore.unknownPoints, link.key ?? "")
    }
}
