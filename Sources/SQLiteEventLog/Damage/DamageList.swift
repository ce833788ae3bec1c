/// Collects damage: neighbours of one kind become one entry, and there are at most so many entries.
struct DamageList {
    private(set) var entries: [LogDamage] = []
    /// Of everything, listed or not.
    private(set) var count: Int64 = 0

    /// Entries that are kept, some 200 bytes each. What comes beyond is counted.
    static let maximumEntries = 100_000

    mutating func add(_ damage: LogDamage) {
        count += damage.count
        if let last = entries.last, last.kind == damage.kind, last.what == damage.what,
            let end = last.lastPosition, damage.position == end + 1
        {
            entries[entries.count - 1].lastPosition = damage.lastPosition
        } else if entries.count < Self.maximumEntries {
            entries.append(damage)
        }
    }

    mutating func add(_ damages: [LogDamage]) {
        for damage in damages { add(damage) }
    }

    mutating func add(_ other: DamageList) {
        let unlisted = other.count - other.entries.reduce(0) { $0 + $1.count }
        add(other.entries)
        count += unlisted
    }

    /// In the order of the positions; what is not about events comes first.
    package var sorted: [LogDamage] {
        entries.enumerated().sorted { left, right in
            let (a, b) = (left.element.position ?? 0, right.element.position ?? 0)
            return a != b ? a < b : left.offset < right.offset
        }.map(\.element)
    }
}
