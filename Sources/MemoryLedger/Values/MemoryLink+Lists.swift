import EventLog

extension MemoryLink {
    /// The same type and the same key: linking again sets the term and the weight.
    package func connectsLike(_ other: MemoryLink) -> Bool {
        guard type.hasSameBytes(as: other.type) else { return false }
        guard let key, let otherKey = other.key else {
            return key == nil && other.key == nil && term.hasSameBytes(as: other.term)
        }
        return key.hasSameBytes(as: otherKey)
    }

    /// Points at the key, and has the type and the term if they are given.
    package func matches(key: String, type: String?, term: String?) -> Bool {
        guard let own = self.key, own.hasSameBytes(as: key) else { return false }
        return type.map { self.type.hasSameBytes(as: $0) } ?? true
            && term.map { self.term.hasSameBytes(as: $0) } ?? true
    }
}

/// What linking and unlinking make of a memory's links, everywhere.
extension [MemoryLink] {
    /// Where the first link stands that connects like another one; nil if none does.
    func place(ofOneLike link: MemoryLink) -> Int? { firstIndex { $0.connectsLike(link) } }

    /// Adds a link at the end. If one is there that connects like it, that one gets the term and the weight instead.
    ///
    /// - Returns: where that one stands; nil if the link was added.
    mutating func connect(_ link: MemoryLink) -> Int? {
        guard let place = place(ofOneLike: link) else {
            append(link)
            return nil
        }
        self[place].term = link.term
        self[place].weight = link.weight
        return place
    }

    /// Takes away the links to a key: all, or those of a type and a term.
    ///
    /// - Returns: where they stood, the first first.
    @discardableResult
    mutating func disconnect(from key: String, type: String?, term: String?) -> [Int] {
        var places: [Int] = []
        var place = -1
        removeAll { link in
            place += 1
            guard link.matches(key: key, type: type, term: term) else { return false }
            places.append(place)
            return true
        }
        return places
    }
}
