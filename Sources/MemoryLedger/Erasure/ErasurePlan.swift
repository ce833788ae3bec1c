import EventLog

/// What to erase.
public enum ErasureSelection: Hashable, Sendable {
    /// Every memory that a namespace holds or ever held.
    case namespace(String)
    /// A memory, under all keys that it ever had, and whatever else was ever under the key.
    case memory(MemoryKey)
    /// Every memory that comes from a user, `Provenance.Source` `user`, whatever became of it, under all of its keys.
    case user(String)

    /// For people: `namespace mem`.
    public var description: String {
        switch self {
        case .namespace(let namespace): "namespace \(namespace)"
        case .memory(let memory): "key \(memory.key) in namespace \(memory.namespace)"
        case .user(let name): "user \(name)"
        }
    }
}

/// What an erasure would destroy.
public struct ErasurePlan: Hashable, Sendable {
    public var selection: ErasureSelection
    /// What was derived from these memories is among them.
    public var includesDerived: Bool
    /// By the names of their streams.
    public var subjects: [ErasedSubject]
    /// Encrypted events that nobody could read any more.
    public var events: Int

    /// What was asked for, for people.
    public var description: String { selection.description + (includesDerived ? " and what was derived from it" : "") }

    /// The data keys that would be destroyed.
    public var keys: [Int64] { subjects.flatMap(\.keys).sorted() }

    /// Subjects of one erasure.
    public static let maximumSubjects = 1_000_000
}

/// Finds what an erasure destroys, in its transaction.
struct ErasurePlanner {
    let scope: ErasureScope
    private var found: [StreamName: Found] = [:]
    private var events = 0
    private var plain = 0
    private var firstPlain: Position?
    /// Nothing ever happened to what was asked for.
    private var isUnknown = true

    private struct Found {
        var keys: Set<Int64> = []
        var isCurrent = false
        /// It came from another key, and may have nothing of its own that is encrypted.
        var hasArrived = false
    }

    init(_ scope: ErasureScope) { self.scope = scope }

    /// - Throws: `EventLogError` with `notEncrypted`, `erased` or `limitExceeded`; `MemoryLedgerError.notFound` or
    ///   `invalidArgument` where there is nothing.
    mutating func plan(_ selection: ErasureSelection, includingDerived: Bool) throws -> ErasurePlan {
        var lives = SubjectLives(scope)
        switch selection {
        case .namespace(let namespace):
            guard !includingDerived else {
                throw MemoryLedgerError(
                    .invalidArgument,
                    "What was derived from a namespace is not looked for; erase it by its keys or its namespaces.")
            }
            try take(namespace)
        case .memory(let memory): try lives.add(MemoryStream.name(memory))
        case .user(let name):
            for id in try MemoryDescent.memories(ofUser: name, scope) { try lives.add(memoryMadeAt: id) }
        }
        if includingDerived {
            for id in try MemoryDescent.descendants(of: lives.chosen, scope) { try lives.add(memoryMadeAt: id) }
        }
        try take(lives)
        guard plain == 0 else { throw Self.notEncrypted(plain, first: firstPlain ?? 0, selection) }
        let intact = try scope.intact(found.values.flatMap(\.keys))
        let subjects = found.compactMap { stream, found -> ErasedSubject? in
            let keys = found.keys.intersection(intact).sorted()
            if keys.isEmpty, !(found.isCurrent && found.hasArrived) { return nil }
            return ErasedSubject(stream: stream, keys: keys, isCurrent: found.isCurrent)
        }.sorted { $0.stream < $1.stream }
        guard subjects.contains(where: { !$0.keys.isEmpty }) else { throw nothing(selection) }
        return ErasurePlan(
            selection: selection, includesDerived: includingDerived, subjects: subjects, events: events)
    }

    private mutating func take(_ namespace: String) throws {
        var keys: Set<Int64> = []
        var counts: [Int64: Int] = [:]
        try scope.forEach(inCategory: MemoryStream.category(namespace)) { outline in
            isUnknown = false
            notePlain(outline)
            switch outline.event.type {
            case MemoryEvent.Name.nameTaken:
                found[outline.event.stream, default: Found(isCurrent: true)].hasArrived = true
            case MemoryEvent.Name.renamed, MemoryEvent.Name.deleted: found[outline.event.stream]?.hasArrived = false
            default: break
            }
            if let key = outline.key {
                keys.insert(key)
                counts[key, default: 0] += 1
                found[outline.event.stream, default: Found(isCurrent: true)].keys.insert(key)
            }
            try checkCount()
        }
        let intact = try scope.intact(keys)
        events = counts.reduce(0) { $0 + (intact.contains($1.key) ? $1.value : 0) }
    }

    private mutating func take(_ lives: SubjectLives) throws {
        let intact = try scope.intact(Set(lives.chosen.flatMap { $0.outlines.compactMap(\.key) }))
        for life in lives.chosen {
            isUnknown = false
            for outline in life.outlines {
                notePlain(outline)
                if let key = outline.key, intact.contains(key) { events += 1 }
            }
            var entry = found[life.stream, default: Found()]
            entry.keys.formUnion(life.outlines.compactMap(\.key))
            entry.isCurrent = entry.isCurrent || life.isCurrent
            entry.hasArrived = entry.hasArrived || life.arrival != nil
            found[life.stream] = entry
            try checkCount()
        }
    }

    private func checkCount() throws {
        guard found.count > ErasurePlan.maximumSubjects else { return }
        throw MemoryLedgerError(
            .invalidArgument,
            "There are more than \(ErasurePlan.maximumSubjects) memories to erase at once; erase them in parts.")
    }

    private mutating func notePlain(_ outline: EventOutline) {
        guard outline.isPlain, !MemoryEvent.protection.plainTypes.contains(outline.event.type) else { return }
        plain += 1
        firstPlain = firstPlain ?? outline.event.position
    }

    private func nothing(_ selection: ErasureSelection) -> any Error {
        if !isUnknown, !found.isEmpty {
            return EventLogError(.erased, "There is nothing left to erase of \(selection.description): it was erased.")
        }
        if case .memory(let memory) = selection, isUnknown { return MemoryLedgerError.notFound(memory) }
        return MemoryLedgerError(.invalidArgument, "There is nothing to erase of \(selection.description); list it.")
    }

    private static func notEncrypted(
        _ count: Int, first: Position, _ selection: ErasureSelection
    ) -> EventLogError {
        let what = count == 1 ? "1 event" : "\(count) events"
        var error = EventLogError(
            .notEncrypted,
            "Nothing was erased: \(what) of \(selection.description), the first at position \(first), stand in the log "
                + "unencrypted, from before the namespace was protected, and the log cannot change; protect namespaces "
                + "before they hold anything.")
        error.position = first
        return error
    }
}
