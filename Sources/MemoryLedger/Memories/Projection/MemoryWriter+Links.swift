import EventLog
import LedgerStorage

extension MemoryWriter {
    /// Writes a link's row and counts it at both ends.
    func addLink(_ link: MemoryLink, of state: MemoryState, _ slot: KeySlot) throws {
        let id = state.linkID(state.nextLink)
        let target = try link.key.map { try self.target(of: $0, in: slot.namespace) }
        let insert = try rows(.insertLink)
        insert.bind(1, id)
        insert.bind(2, slot.memory.namespace)
        insert.bind(3, slot.memory.key)
        insert.bind(4, target?.memory.key)
        insert.bind(5, link.type)
        insert.bind(6, link.term)
        insert.bind(7, link.weight)
        insert.bind(8, position)
        insert.bind(9, target.flatMap { Self.givenKey(link.key, to: $0) })
        try insert.run()
        state.nextLink += 1
        state.isDirty = true
        slot.namespace.links += 1
        touch(slot.namespace)
        countLink(to: target, from: state, slot, by: 1)
        if knowsEverything { target?.incoming.append(id) }
    }

    /// Counts a link to a key, or takes it back.
    private func countLink(to target: KeySlot?, from state: MemoryState, _ slot: KeySlot, by change: Int) {
        guard let target else {
            slot.namespace.linksWithoutTarget += change
            return
        }
        state.outDegree += change
        state.isDirty = true
        countLink(at: target, by: change)
    }

    /// Counts a link at the end that it points at.
    func countLink(at target: KeySlot, by change: Int) {
        touch(target)
        if let memory = target.state {
            memory.inDegree += change
            memory.isDirty = true
        } else {
            target.dangling += change
            target.namespace.linksWithoutTarget += change
            touch(target.namespace)
        }
    }

    /// The slot of the key that a row of `memory_links` counts for.
    private func slot(of row: LinkRow?, _ slot: KeySlot) throws -> KeySlot? {
        try row?.key.map { try self.slot(MemoryKey(namespace: slot.memory.namespace, key: $0)) }
    }

    /// A row of `memory_links`.
    struct LinkRow {
        var id: Int64
        /// What it counts for.
        var key: String?
        var position: Position
        /// What the link calls that, where it is another key.
        var given: String?
    }

    private func linkRows(of state: MemoryState) throws -> [LinkRow] {
        let row = try rows(.linkRows)
        row.bind(1, state.linkIDs.lowerBound)
        row.bind(2, state.linkIDs.upperBound)
        defer { row.reset() }
        var found: [LinkRow] = []
        while try row.step() {
            found.append(
                LinkRow(
                    id: row.int64(0), key: row.optionalText(1), position: row.int64(2), given: row.optionalText(3)))
        }
        return found
    }

    /// Notes that a link to a key is no more.
    func end(_ link: LinkRow, _ namespace: String) throws {
        guard let key = link.key else { return }
        let end = try rows(.endLink)
        end.bind(1, position)
        end.bind(2, link.id)
        end.bind(3, namespace)
        end.bind(4, key)
        end.bind(5, link.position)
        end.bind(6, link.given)
        try end.run()
    }

    func removeLinks(of state: MemoryState, _ slot: KeySlot) throws {
        guard state.nextLink > 0 else { return }
        let links = try linkRows(of: state)
        for link in links {
            try end(link, slot.memory.namespace)
            try countLink(to: self.slot(of: link, slot), from: state, slot, by: -1)
        }
        let delete = try rows(.deleteLinks)
        delete.bind(1, state.linkIDs.lowerBound)
        delete.bind(2, state.linkIDs.upperBound)
        try delete.run()
        slot.namespace.links -= links.count
        touch(slot.namespace)
        state.nextLink = 0
        state.isDirty = true
    }

    // MARK: Single links

    func links(of state: MemoryState) throws -> [MemoryLink] {
        if let content = state.content { return try content.links() }
        if let read = linksRead, read.memory == state.id {
            linksRead = nil
            return read.links
        }
        let row = try rows(.links)
        row.bind(1, state.id)
        defer { row.reset() }
        return try row.step() ? MemoryColumns.links(json: row.bytes(0)) : []
    }

    private func setLinks(_ links: [MemoryLink], of state: MemoryState) throws {
        if let content = state.content {
            pendingBytes -= content.byteCount
            state.content?.setLinks(links)
            pendingBytes += state.content?.byteCount ?? 0
            return
        }
        let set = try rows(.setLinks)
        set.bind(1, state.id)
        set.bind(2, text: MemoryColumns.json(links))
        try set.run()
    }

    func link(_ slot: KeySlot, _ link: MemoryLink) throws {
        guard let state = slot.state else { return }
        var links = try links(of: state)
        let place = links.connect(link)
        try setLinks(links, of: state)
        if let place {
            let known = try linkRows(of: state)
            guard place < known.count else { return }
            let set = try rows(.setLink)
            set.bind(1, known[place].id)
            set.bind(2, link.term)
            set.bind(3, link.weight)
            try set.run()
        } else if Int64(state.nextLink) > MemoryState.maximumLinkOrdinal {
            // The ordinals have run out after a million single links: number the list again.
            try removeLinks(of: state, slot)
            for link in links { try addLink(link, of: state, slot) }
        } else {
            try addLink(link, of: state, slot)
        }
    }

    func unlink(_ slot: KeySlot, key: String, type: String?, term: String?) throws {
        guard let state = slot.state else { return }
        var links = try links(of: state)
        let known = try linkRows(of: state)
        for place in links.disconnect(from: key, type: type, term: term) where place < known.count {
            try countLink(to: self.slot(of: known[place], slot), from: state, slot, by: -1)
            try end(known[place], slot.memory.namespace)
            let delete = try rows(.deleteLink)
            delete.bind(1, known[place].id)
            try delete.run()
            slot.namespace.links -= 1
        }
        try setLinks(links, of: state)
        touch(slot.namespace)
    }

    // MARK: Renaming

    /// Moves a memory to a key that holds none, or one that has expired: the log has seen to that. Its own links and
    /// those that point at it follow.
    func rename(_ slot: KeySlot, to newKey: String) throws {
        guard let state = slot.state else { return }
        let old = slot.memory
        let target = try self.slot(MemoryKey(namespace: old.namespace, key: newKey))
        guard target !== slot else { return }
        try remove(target)
        try note(renameOf: old, to: newKey)
        try noteFormer(slot)
        try endText(of: state, slot)
        try beginText(of: state)
        if state.isInserted {
            let rename = try rows(.renameMemory)
            rename.bind(1, state.id)
            rename.bind(2, newKey)
            try rename.run()
        }
        if state.content != nil { pending.append(target) }
        if state.nextLink > 0 {
            let own = try rows(.renameLinks)
            own.bind(1, state.linkIDs.lowerBound)
            own.bind(2, state.linkIDs.upperBound)
            own.bind(3, newKey)
            try own.run()
        }
        noteOccupancy(of: slot)
        noteOccupancy(of: target)
        slot.state = nil
        target.state = state
        try moveLinks(from: slot, to: target)
        state.inDegree += target.dangling
        slot.namespace.linksWithoutTarget -= target.dangling
        target.dangling = 0
        touch(target)
        touch(slot.namespace)
    }

    private func note(renameOf old: MemoryKey, to newKey: String) throws {
        let note = try rows(.noteRename)
        note.bind(1, position)
        note.bind(2, old.namespace)
        note.bind(3, old.key)
        note.bind(4, newKey)
        try note.run()
    }

    /// Lets the links that point at a key point at another.
    private func moveLinks(from slot: KeySlot, to target: KeySlot) throws {
        let old = slot.memory
        var sources: [(memory: MemoryKey, id: Int64, given: [String])] = []
        for (link, from) in try linksTo(slot) {
            try move(link, to: target, given: nil)
            let id = link.id >> MemoryState.linkBits
            // A memory's links follow each other.
            if sources.last?.id != id { sources.append((MemoryKey(namespace: old.namespace, key: from), id, [])) }
            if let given = link.given { sources[sources.count - 1].given.append(given) }
        }
        slot.incoming = []
        for source in sources {
            // A memory whose content waits has a slot; of any other the row has the links.
            let state = try self.slot(source.memory).state ?? MemoryState(id: source.id, at: 0, version: 0)
            let links = try links(of: state).map { link in
                var link = link
                guard let key = link.key else { return link }
                let isMoved = key.hasSameBytes(as: old.key) || source.given.contains { $0.hasSameBytes(as: key) }
                if isMoved { link.key = target.memory.key }
                return link
            }
            try setLinks(links, of: state)
        }
    }

    /// Lets a link count for another key.
    ///
    /// - Parameter given: what the link calls that key; nil: by its name.
    func move(_ link: LinkRow, to target: KeySlot, given: String?) throws {
        // One that the event itself made, or has moved already, was never seen where it was.
        if link.position != position { try end(link, target.memory.namespace) }
        let move = try rows(.moveLink)
        move.bind(1, link.id)
        move.bind(2, target.memory.key)
        move.bind(3, position)
        move.bind(4, given)
        try move.run()
        if knowsEverything { target.incoming.append(link.id) }
    }

    /// The rows of the links that point at a slot, in the order of their ids, and the keys that they come from.
    func linksTo(_ slot: KeySlot) throws -> [(LinkRow, from: String)] {
        var found: [(LinkRow, from: String)] = []
        if knowsEverything {
            let row = try rows(.linkByID)
            var last: Int64 = -1
            for id in slot.incoming.sorted() where id != last {
                last = id
                row.bind(1, id)
                defer { row.reset() }
                guard try row.step(), row.optionalText(0)?.hasSameBytes(as: slot.memory.key) == true else { continue }
                let link = LinkRow(
                    id: id, key: slot.memory.key, position: row.int64(1), given: row.optionalText(3))
                found.append((link, row.text(2)))
            }
            return found
        }
        let row = try rows(.linksTo)
        row.bind(1, slot.memory.namespace)
        row.bind(2, slot.memory.key)
        defer { row.reset() }
        while try row.step() {
            let link = LinkRow(
                id: row.int64(0), key: slot.memory.key, position: row.int64(1), given: row.optionalText(3))
            found.append((link, row.text(2)))
        }
        return found
    }
}
