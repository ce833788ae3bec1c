import EventLog
import LedgerStorage

extension MemoryWriter {
    func flush() throws {
        try insertPending()
        for slot in Self.inOrder(touched) {
            slot.isTouched = false
            try writeTarget(slot)
            if let state = slot.state, state.isDirty { try write(state) }
        }
        touched.removeAll(keepingCapacity: true)
        for namespace in touchedNamespaces { try write(namespace) }
        touchedNamespaces.removeAll()
    }

    /// Inserts the rows of new memories in the order of their ids, and lets go of their content.
    func insertPending() throws {
        guard !pending.isEmpty else { return }
        let slots = pending
        pending.removeAll(keepingCapacity: true)
        pendingBytes = 0
        for slot in Self.inOrder(slots) {
            guard let state = slot.state, let content = state.content else { continue }
            try insertRow(slot.memory, content, state)
            state.content = nil
            state.isInserted = true
            state.storedCreatedAt = state.createdAt
            state.isDirty = false
        }
    }

    /// The slots in the order of their memories' ids, which each is asked for once.
    private static func inOrder(_ slots: [KeySlot]) -> [KeySlot] {
        guard slots.count > 1 else { return slots }
        var order: [(id: Int64, index: Int)] = []
        order.reserveCapacity(slots.count)
        for (index, slot) in slots.enumerated() { order.append((slot.state?.id ?? 0, index)) }
        order.sort { $0.id < $1.id }
        return order.map { slots[$0.index] }
    }

    private func insertRow(_ memory: MemoryKey, _ content: PackedContent, _ state: MemoryState) throws {
        let insert = try rows(.insertMemory)
        insert.bind(1, state.id)
        insert.bind(2, memory.key)
        insert.bind(3, memory.namespace)
        insert.bind(10, content.extra)
        insert.bind(11, state.createdAt)
        insert.bind(12, state.lastAccessedAt)
        insert.bind(13, state.lastLinkedAt)
        insert.bind(14, state.inDegree)
        insert.bind(15, state.outDegree)
        insert.bind(16, state.accessCount)
        insert.bind(17, state.traverseCount)
        insert.bind(18, state.status.rawValue)
        insert.bind(19, state.expiresAt)
        insert.bind(20, state.nextLink)
        insert.bind(21, state.version)
        insert.bind(22, state.contentVersion)
        insert.bind(23, state.sourceRow)
        Self.bind(state.provenance, insert, from: 24)
        try content.run(insert, bindingFrom: 4)
    }

    private func write(_ state: MemoryState) throws {
        state.isDirty = false
        let isCreatedAtNew = state.createdAt != state.storedCreatedAt
        let update = try rows(isCreatedAtNew ? .updateStateAndCreatedAt : .updateState)
        update.bind(1, state.id)
        update.bind(2, state.lastAccessedAt)
        update.bind(3, state.lastLinkedAt)
        update.bind(4, state.inDegree)
        update.bind(5, state.outDegree)
        update.bind(6, state.accessCount)
        update.bind(7, state.traverseCount)
        update.bind(8, state.status.rawValue)
        update.bind(9, state.nextLink)
        update.bind(10, state.version)
        update.bind(11, state.contentVersion)
        update.bind(12, state.sourceRow)
        Self.bind(state.provenance, update, from: 13)
        if isCreatedAtNew { update.bind(16, state.createdAt) }
        try update.run()
        state.storedCreatedAt = state.createdAt
    }

    private static func bind(_ provenance: StoredProvenance?, _ row: SQLiteStatement, from first: Int32) {
        row.bind(first, provenance?.sourceID)
        row.bind(first + 1, provenance?.value.trust.map { Int64($0) })
        row.bind(first + 2, provenance?.derivedFromJSON)
    }

    private func writeTarget(_ slot: KeySlot) throws {
        guard slot.dangling != slot.storedDangling else { return }
        let write = try rows(slot.dangling == 0 ? .deleteTarget : .setTarget)
        write.bind(1, slot.memory.namespace)
        write.bind(2, slot.memory.key)
        if slot.dangling != 0 { write.bind(3, slot.dangling) }
        try write.run()
        slot.storedDangling = slot.dangling
    }

    private func write(_ namespace: NamespaceState) throws {
        namespace.isTouched = false
        let set = try rows(.setNamespace)
        set.bind(1, namespace.name)
        set.bind(2, namespace.memories)
        set.bind(3, namespace.links)
        set.bind(4, namespace.linksWithoutTarget)
        try set.run()
        let count = try rows(.countEvents)
        for (type, events) in namespace.events.sorted(by: { $0.key < $1.key }) {
            count.bind(1, namespace.name)
            count.bind(2, type.rawValue)
            count.bind(3, events)
            try count.run()
        }
        namespace.events.removeAll(keepingCapacity: true)
    }
}
