import EventLog

/// A memory goes to another key. It takes two events: `MemoryRenamed` in the stream that it leaves, and later
/// `MemoryNameTaken` in the one that it comes to.
struct MemoryRename {
    /// The first of the two.
    let event: RecordedEvent
    let old: MemoryKey
    let new: MemoryKey

    /// Nil for an event that is no such one.
    init?(_ event: RecordedEvent) throws {
        // By the type first: another event may be locked, and need not be readable.
        guard event.type == MemoryEvent.Name.renamed, let old = MemoryStream.memory(event.stream),
            case .renamed(let key)? = try MemoryEvent.decode(event)
        else { return nil }
        self.event = event
        (self.old, new) = (old, MemoryKey(namespace: old.namespace, key: key))
    }
}

/// Follows a memory from key to key, backwards and forwards, by what the log says.
extension StreamReader {
    /// The rename whose second event this is: the last one before it in the old key's stream; nil if it is none.
    func rename(behind arrival: RecordedEvent) async throws -> MemoryRename? {
        guard let memory = MemoryStream.memory(arrival.stream),
            case .nameTaken(let old)? = try MemoryEvent.decode(arrival),
            let event = try await first(
                [MemoryEvent.Name.renamed], of: MemoryKey(namespace: memory.namespace, key: old), .backwards,
                from: arrival.position)
        else { return nil }
        return try MemoryRename(event)
    }

    /// The rename that the moment falls into, if it leads to this key: the memory is there already, though the key's
    /// own stream does not say so yet.
    func renameUnderWay(to memory: MemoryKey) async throws -> MemoryRename? {
        guard let moment, let event = try await log.event(at: moment.position), moment.includes(event),
            let rename = try MemoryRename(event), rename.new == memory
        else { return nil }
        return rename
    }

    /// The second event of a rename: the first one after it in the new key's stream.
    func arrival(by rename: MemoryRename) async throws -> RecordedEvent? {
        try await arrival(at: rename.new, after: rename.event.position)
    }

    /// The second event of the rename to a key that began at a position.
    func arrival(at new: MemoryKey, after position: Position) async throws -> RecordedEvent? {
        try await first([MemoryEvent.Name.nameTaken], of: new, .forwards, from: position)
    }

    /// Goes back through a memory's life, under one key after the other, until the body answers false or the log does
    /// not say where the memory came from.
    ///
    /// - Parameters:
    ///   - memory: the key that it has.
    ///   - last: Exclusive; nil: from the moment on.
    ///   - moved: called for each rename on the way, before the events of the key that it led from.
    ///   - body: called with each event and the key that the memory had by then.
    func goBack(
        from memory: MemoryKey, before last: Position? = nil, moved: (MemoryRename) -> Void = { _ in },
        _ body: (RecordedEvent, MemoryKey) async throws -> Bool
    ) async throws {
        var (key, from) = (memory, last)
        var rename = last == nil ? try await renameUnderWay(to: memory) : nil
        repeat {
            if let rename {
                moved(rename)
                (key, from) = (rename.old, rename.event.position)
            }
            let place = key
            var arrival: RecordedEvent?
            try await forEach(place, .backwards, from: from, firstPage: Self.firstPageEvents) { event in
                guard try await body(event, place) else { return false }
                if event.type == MemoryEvent.Name.nameTaken { arrival = event }
                return arrival == nil
            }
            rename = if let arrival { try await self.rename(behind: arrival) } else { nil }
        } while rename != nil
    }

    /// The key that a memory has at the moment which an event made; nil if it is gone by then.
    func key(ofMemoryMadeBy made: RecordedEvent) async throws -> MemoryKey? {
        guard var memory = MemoryStream.memory(made.stream) else { return nil }
        var from = made.position
        while let event = try await first(MemoryEvent.Name.ending, of: memory, .forwards, from: from) {
            guard let rename = try MemoryRename(event) else { return nil }
            (memory, from) = (rename.new, event.position)
        }
        return memory
    }
}
