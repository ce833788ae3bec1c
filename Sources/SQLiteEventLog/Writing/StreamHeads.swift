import EventLog

/// Where streams stand, each in a slot of its own, so that an append looks up a name once.
///
/// A slot's version is 0 while its stream does not exist.
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

    private var slots: [StreamName: Slot] = [:]
    private var heads: [Head] = []
    /// Every stream of the file has a slot, so a name that has none need not be looked for there.
    private(set) var isComplete: Bool

    init(isComplete: Bool = false) {
        self.isComplete = isComplete
    }

    var count: Int { heads.count }

    subscript(_ slot: Slot) -> Head {
        get { heads[slot] }
        set { heads[slot] = newValue }
    }

    func slot(of name: StreamName) -> Slot? { slots[name] }

    mutating func insert(_ name: StreamName, _ head: Head) -> Slot {
        slots[name] = heads.count
        heads.append(head)
        return heads.count - 1
    }

    mutating func removeAll(isComplete: Bool = false) {
        slots.removeAll(keepingCapacity: true)
        heads.removeAll(keepingCapacity: true)
        self.isComplete = isComplete
    }
}
