import EventLog

extension MemorySession {
    /// Writes a link's row and counts it at both ends.
    func addLink(_ link: MemoryLink, of state: MemoryState, _ slot: KeySlot) throws {
        let insert = try rows(.insertLink)
        insert.bind(1, state.linkID(state.nextLink))
        insert.bind(2, slot.memory.namespace)
        insert.bind(3, slot.memory.key)
        insert.bind(4, link.key)
        insert.bind(5, link.type)
        insert.bind(6, link.term)
        insert.bind(7, link.weight)
        try insert.run()
        state.nextLink += 1
        state.isDirty = true
        slot.namespace.links += 1
        touch(slot.namespace)
        try countLink(to: link.key, from: state, slot, by: 1)
    }

    /// Counts a link to a key, or takes it back.
    private func countLink(to key: String?, from state: MemoryState, _ slot: KeySlot, by change: Int) throws {
        guard let key else {
            slot.namespace.linksWithoutTarget += change
            return
        }
        state.outDegree += change
        state.isDirty = true
        let target = try self.slot(MemoryKey(namespace: slot.memory.namespace, key: key))
        touch(target)
        if let memory = target.state {
            memory.inDegree += change
            memory.isDirty = true
        } else {
            target.dangling += change
            slot.namespace.linksWithoutTarget += change
        }
    }

    func removeLinks(of state: MemoryState, _ slot: KeySlot) throws {
        guard state.nextLink > 0 else { return }
        let ids = state.linkIDs
        let targets = try rows(.linkTargets)
        targets.bind(1, ids.lowerBound)
        targets.bind(2, ids.upperBound)
        var keys: [String?] = []
        while try targets.step() { keys.append(targets.optionalText(0)) }
        targets.reset()
        for key in keys { try countLink(to: key, from: state, slot, by: -1) }
        let delete = try rows(.deleteLinks)
        delete.bind(1, ids.lowerBound)
        delete.bind(2, ids.upperBound)
        try delete.run()
        slot.namespace.links -= keys.count
        touch(slot.namespace)
        state.nextLink = 0
        state.isDirty = true
    }

    // MARK: Single links

    private func links(of state: MemoryState) throws -> [MemoryLink] {
        let row = try rows(.links)
        row.bind(1, state.id)
        defer { row.reset() }
        return try row.step() ? MemoryColumns.links(json: row.bytes(0)) : []
    }

    private func setLinks(_ links: [MemoryLink], of state: MemoryState) throws {
        let set = try rows(.setLinks)
        set.bind(1, state.id)
        set.bind(2, text: MemoryColumns.json(links))
        try set.run()
    }

    /// The id of a link's row, by the link's place in the list.
    private func linkRow(_ index: Int, of state: MemoryState) throws -> Int64? {
        let row = try rows(.linkAt)
        row.bind(1, state.linkIDs.lowerBound)
        row.bind(2, state.linkIDs.upperBound)
        row.bind(3, index)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : nil
    }

    func link(_ slot: KeySlot, _ link: MemoryLink) throws {
        guard let state = slot.state else { return }
        try insertRow(of: state)
        state.sourceRow = nil
        var links = try links(of: state)
        if let index = links.firstIndex(where: { $0.connectsLike(link) }) {
            links[index].term = link.term
            links[index].weight = link.weight
            try setLinks(links, of: state)
            guard let id = try linkRow(index, of: state) else { return }
            let set = try rows(.setLink)
            set.bind(1, id)
            set.bind(2, link.term)
            set.bind(3, link.weight)
            return try set.run()
        }
        links.append(link)
        try setLinks(links, of: state)
        if Int64(state.nextLink) > MemoryState.maximumLinkOrdinal {
            // The ordinals have run out after a million single links: number the list anew.
            try removeLinks(of: state, slot)
            for link in links { try addLink(link, of: state, slot) }
        } else {
            try addLink(link, of: state, slot)
        }
    }

    func unlink(_ slot: KeySlot, key: String, type: String?, term: String?) throws {
        guard let state = slot.state else { return }
        try insertRow(of: state)
        state.sourceRow = nil
        let links = try links(of: state)
        var kept: [MemoryLink] = []
        var removed: [Int64] = []
        for (index, link) in links.enumerated() {
            guard link.matches(key: key, type: type, term: term) else {
                kept.append(link)
                continue
            }
            if let id = try linkRow(index, of: state) { removed.append(id) }
            try countLink(to: link.key, from: state, slot, by: -1)
        }
        try setLinks(kept, of: state)
        for id in removed {
            let delete = try rows(.deleteLink)
            delete.bind(1, id)
            try delete.run()
        }
        slot.namespace.links -= removed.count
        touch(slot.namespace)
    }

    // MARK: Renaming

    /// Moves a memory to a key that holds none, or one that has expired: the log has seen to that. Its own links and
    /// those that point at it follow.
    func rename(_ slot: KeySlot, to newKey: String) throws {
        guard let state = slot.state else { return }
        try insertRow(of: state)
        let old = slot.memory
        let target = try self.slot(MemoryKey(namespace: old.namespace, key: newKey))
        guard target !== slot else { return }
        try remove(target)
        let rename = try rows(.renameMemory)
        rename.bind(1, state.id)
        rename.bind(2, newKey)
        try rename.run()
        let own = try rows(.renameLinks)
        own.bind(1, state.linkIDs.lowerBound)
        own.bind(2, state.linkIDs.upperBound)
        own.bind(3, newKey)
        try own.run()
        try moveLinks(from: old, to: newKey)
        slot.state = nil
        target.state = state
        state.inDegree += target.dangling
        slot.namespace.linksWithoutTarget -= target.dangling
        target.dangling = 0
        touch(target)
        touch(slot.namespace)
    }

    private func moveLinks(from old: MemoryKey, to newKey: String) throws {
        let sources = try rows(.linksTo)
        sources.bind(1, old.namespace)
        sources.bind(2, old.key)
        var ids: [Int64] = []
        while try sources.step() { ids.append(sources.int64(0)) }
        sources.reset()
        guard !ids.isEmpty else { return }
        for id in ids {
            let source = MemoryState(id: id, at: 0, version: 0)
            let links = try links(of: source).map { link in
                var link = link
                if link.key?.hasSameBytes(as: old.key) == true { link.key = newKey }
                return link
            }
            try setLinks(links, of: source)
        }
        let move = try rows(.moveLinksTo)
        move.bind(1, old.namespace)
        move.bind(2, old.key)
        move.bind(3, newKey)
        try move.run()
    }
}

extension MemoryLink {
    /// The same type and the same key: linking again sets the term and the weight.
    package func connectsLike(_ other: MemoryLink) -> Bool {
        guard type.hasSameBytes(as: other.type) else { return false }
        guard let key, let otherKey = other.key else {
            return key == nil && other.key == nil && term.hasSameBytes(as: other.term)
        }
        return key.hasSameBytes(as: otherKey)
    }

    /// Points at the key, and has the type and the term where they are given.
    package func matches(key: String, type: String?, term: String?) -> Bool {
        guard let own = self.key, own.hasSameBytes(as: key) else { return false }
        return type.map { self.type.hasSameBytes(as: $0) } ?? true
            && term.map { self.term.hasSameBytes(as: $0) } ?? true
    }
}
