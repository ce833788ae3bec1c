import EventLog

/// Where streams stand, each in a slot of its own, so that an append looks up a name once.
///
/// A slot's version is 0 while its stream does not exist. A table of its own instead of a dictionary: a name is hashed
/// once for finding and inserting it, and what is looked at lies together.
struct StreamHeads {
    typealias Slot = Int

    struct Head {
        var id: Int64
        var version: StreamVersion
        var position: Position

        static let none = Head(id: 0, version: 0, position: 0)
        var exists: Bool { version > 0 }
        var ifExists: Head? { exists ? self : nil }
    }

    /// A name, hashed.
    struct Key {
        let name: StreamName
        fileprivate let hash: UInt64

        init(_ name: StreamName) {
            self.name = name
            var hasher = Hasher()
            hasher.combine(name)
            hash = UInt64(bitPattern: Int64(hasher.finalize()))
        }
    }

    private struct Entry {
        var name: StreamName
        var hash: UInt64
        var head: Head
    }

    private var entries: [Entry] = []
    /// Upper half: the hash's; lower half: the slot plus one. 0: free. At least twice as many as entries.
    private var table = [UInt64](repeating: 0, count: 256)
    /// Every stream of the file has a slot, so a name that has none need not be looked for there.
    private(set) var isComplete: Bool

    init(isComplete: Bool = false) {
        self.isComplete = isComplete
    }

    var count: Int { entries.count }

    subscript(_ slot: Slot) -> Head {
        get { entries[slot].head }
        set { entries[slot].head = newValue }
    }

    private static let upper = UInt64.max << 32

    func slot(of key: Key) -> Slot? {
        var index = Int(truncatingIfNeeded: key.hash) & (table.count - 1)
        while table[index] != 0 {
            if table[index] & Self.upper == key.hash & Self.upper {
                let slot = Int(table[index] & ~Self.upper) - 1
                if entries[slot].name == key.name { return slot }
            }
            index = (index + 1) & (table.count - 1)
        }
        return nil
    }

    /// Adds a name that has no slot.
    mutating func insert(_ key: Key, _ head: Head) -> Slot {
        entries.append(Entry(name: key.name, hash: key.hash, head: head))
        if entries.count * 2 > table.count {
            table = [UInt64](repeating: 0, count: table.count * 2)
            for slot in entries.indices { place(slot) }
        } else {
            place(entries.count - 1)
        }
        return entries.count - 1
    }

    private mutating func place(_ slot: Slot) {
        let hash = entries[slot].hash
        var index = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[index] != 0 { index = (index + 1) & (table.count - 1) }
        table[index] = hash & Self.upper | UInt64(slot + 1)
    }

    mutating func removeAll(isComplete: Bool = false) {
        entries.removeAll(keepingCapacity: true)
        for index in table.indices { table[index] = 0 }
        self.isComplete = isComplete
    }
}
