public import EventLog
import LedgerCapabilities
package import LedgerStorage

/// What to erase.
///
///     let plan = try await ledger.planErasure(.user("ada"))
public enum ErasureSelection: Hashable, Sendable {
    /// Every memory that a namespace holds or ever held.
    case namespace(String)
    /// A memory, under all keys that it ever had, and whatever else was ever under the key.
    case memory(MemoryKey)
    /// What comes from a user: every memory of `Provenance.Source` `user`, whatever became of it, under all of its
    /// keys; what modules say is theirs; and what is protected for them, `NewEvent.protectedFor`, in streams of others
    /// too. In one namespace, since users are of a namespace, or in all.
    case user(String, in: String? = nil)
    /// The subject of another module, and whatever else was ever in its stream: `StreamFamily.stream`.
    case stream(StreamName)

    /// For people: `namespace mem`.
    public var description: String {
        switch self {
        case .namespace(let namespace): "namespace \(namespace)"
        case .memory(let memory): "key \(memory.key) in namespace \(memory.namespace)"
        case .user(let name, let namespace): "user \(name)" + (namespace.map { " in namespace \($0)" } ?? "")
        case .stream(let stream): "stream \(stream)"
        }
    }
}

/// Events of a stream that an erasure was to take, and that stand in the log unencrypted.
public struct ErasureRemainder: Hashable, Sendable {
    public var stream: StreamName
    public var events: Int
    /// The position of the first of them.
    public var first: Position
}

/// What an erasure would destroy.
///
///     let plan = try await ledger.planErasure(.user("ada"))
///     print(plan.events, plan.left)
public struct ErasurePlan: Hashable, Sendable {
    public var selection: ErasureSelection
    /// What was derived from these memories is among them.
    public var includesDerived: Bool
    /// By the names of their streams.
    public var subjects: [ErasedSubject]
    /// Encrypted events that could not be read any more.
    public var events: Int
    /// What cannot be erased, by the names of the streams: only in an erasure of what can be.
    public var left: [ErasureRemainder] = []

    /// What was asked for, for people.
    public var description: String { selection.description + (includesDerived ? " and what was derived from it" : "") }

    /// The data keys that would be destroyed.
    public var keys: [Int64] { subjects.flatMap(\.keys).sorted() }

    /// Subjects of one erasure.
    public static let maximumSubjects = MemoryDescent.maximumMemories
}

/// A module whose subjects repeat what others say, so that they are erased with them.
package protocol CopyingModule: LedgerModule {
    /// - Parameters:
    ///   - streams: of the subjects that are erased.
    ///   - includingDerived: also those that have something that would be derived from these.
    /// - Returns: the positions of the events that made the copies, in order.
    func copies(of streams: [StreamName], includingDerived: Bool, in tables: SQLiteConnection) throws -> [Position]
}

/// Finds what an erasure destroys, in its transaction.
struct ErasurePlanner {
    let scope: any ErasureScope
    private let catalogue: EventCatalogue
    private var found: [StreamName: Found] = [:]
    private var events = 0
    private var plain: [StreamName: ErasureRemainder] = [:]
    /// Nothing ever happened to what was asked for.
    private var isUnknown = true

    private struct Found {
        var keys: Set<Int64> = []
        var isCurrent = false
        /// It came from another key, and may have nothing of its own that is encrypted.
        var hasArrived = false
        /// Only what is protected for this user goes.
        var user: String?
    }

    init(_ scope: any ErasureScope, _ catalogue: EventCatalogue) {
        self.scope = scope
        self.catalogue = catalogue
    }

    /// - Parameter partially: what stands in the log unencrypted is left, instead of forbidding the rest.
    /// - Throws: `EventLogError` with `notEncrypted`, `erased` or `limitExceeded`; `MemoryLedgerError.notFound` where
    ///   there is nothing, or `invalidArgument`.
    mutating func plan(
        _ selection: ErasureSelection, includingDerived: Bool, partially: Bool
    ) throws -> ErasurePlan {
        var lives = SubjectLives(scope, catalogue)
        switch selection {
        case .namespace(let namespace):
            guard !includingDerived else {
                throw MemoryLedgerError(
                    .invalidArgument,
                    "What was derived from a namespace is not looked for; erase it by its keys or its namespaces.")
            }
            try take(namespace)
        case .memory(let memory): try lives.add(MemoryStream.name(memory))
        case .stream(let stream): try lives.add(stream)
        case .user(let name, let namespace): try add(allOf: name, in: namespace, to: &lives)
        }
        if includingDerived { try addDerived(to: &lives) }
        try addCopies(to: &lives, includingDerived)
        if case .user(let name, let namespace) = selection {
            try take(lives, of: name, in: namespace)
        } else {
            try take(lives.chosen)
        }
        let left = plain.values.sorted { $0.stream < $1.stream }
        guard left.isEmpty || partially else { throw Self.notEncrypted(left, selection) }
        let intact = try scope.intact(Set(found.values.flatMap(\.keys)))
        let subjects = try found.compactMap { stream, found -> ErasedSubject? in
            let keys = found.keys.intersection(intact).sorted()
            if keys.isEmpty {
                // It holds what its former keys held, unless that stays in plain or was erased before.
                guard found.isCurrent, found.hasArrived, try isThere(stream), try hasLed(stream, to: intact) else {
                    return nil
                }
            }
            return ErasedSubject(stream: stream, keys: keys, isCurrent: found.isCurrent, user: found.user)
        }.sorted { $0.stream < $1.stream }
        guard subjects.contains(where: { !$0.keys.isEmpty }) else {
            throw left.isEmpty ? nothing(selection) : Self.notEncrypted(left, selection)
        }
        return ErasurePlan(
            selection: selection, includesDerived: includingDerived, subjects: subjects, events: events, left: left)
    }

    /// What was made from these, in any module, and from that. A module has gone all the way by itself, so it is asked
    /// again only for what other modules have added.
    private func addDerived(to lives: inout SubjectLives) throws {
        var known = lives
        var added: [(module: Int?, positions: [Position])] = [(nil, lives.chosen.flatMap(\.positions))]
        var next = 0
        while next < added.count {
            let (source, positions) = added[next]
            next += 1
            for (index, module) in catalogue.modules.enumerated() where index != source {
                let made = try scope.read { try module.subjects(madeFrom: positions, in: $0) }
                for id in made { try lives.add(madeAt: id) }
                let new = lives.chosen(besides: known).flatMap(\.positions)
                known = lives
                if !new.isEmpty { added.append((index, new)) }
            }
        }
    }

    /// What repeats what these say.
    private func addCopies(to lives: inout SubjectLives, _ includingDerived: Bool) throws {
        let streams = lives.chosen.map(\.stream)
        for module in catalogue.modules {
            guard let module = module as? any CopyingModule else { continue }
            let made = try scope.read {
                try module.copies(of: streams, includingDerived: includingDerived, in: $0)
            }
            for id in made { try lives.add(madeAt: id) }
        }
    }

    /// Something that a memory under the stream's key held elsewhere is encrypted with one of the keys.
    private func hasLed(_ stream: StreamName, to keys: Set<Int64>) throws -> Bool {
        var lives = SubjectLives(scope, catalogue)
        try lives.add(stream)
        return lives.chosen.contains { life in
            life.outlines.contains { outline in outline.key.map(keys.contains) ?? false }
        }
    }

    /// The tables have the stream's subject, expired or not.
    private func isThere(_ stream: StreamName) throws -> Bool {
        guard let module = catalogue.module(of: stream) else { return false }
        let ever = Timestamp(milliseconds: .min)
        return try scope.read { try module.standing(of: stream, at: ever, in: $0) } != .gone
    }

    private mutating func take(_ namespace: String) throws {
        var keys: Set<Int64> = []
        var counts: [Int64: Int] = [:]
        try scope.forEach(inCategory: MemoryStream.category(namespace)) { outline in
            isUnknown = false
            notePlain(outline)
            switch catalogue[outline.event.type]?.step ?? .goesOn {
            case .arrives:
                found[outline.event.stream, default: Found()].hasArrived = true
                found[outline.event.stream]?.isCurrent = true
            case .leaves, .ends:
                found[outline.event.stream]?.hasArrived = false
                found[outline.event.stream]?.isCurrent = false
            case .goesOn, .returns: found[outline.event.stream]?.isCurrent = true
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

    /// Takes all of these lives.
    private mutating func take(_ lives: [SubjectLife]) throws {
        for life in lives {
            for outline in life.outlines { notePlain(outline) }
            try take(life) { _ in true }
        }
    }

    /// Takes what encrypts some of a life's events.
    ///
    /// - Returns: something of the life stays readable.
    @discardableResult
    private mutating func take(_ life: SubjectLife, _ isTaken: (EventOutline) -> Bool) throws -> Bool {
        isUnknown = false
        let intact = try scope.intact(Set(life.outlines.compactMap(\.key)))
        var entry = found[life.stream, default: Found()]
        var stays = false
        for outline in life.outlines {
            guard let key = outline.key else {
                stays = stays || outline.isPlain
                continue
            }
            if isTaken(outline) { entry.keys.insert(key) }
            guard intact.contains(key) else { continue }
            if isTaken(outline) { events += 1 } else { stays = true }
        }
        entry.isCurrent = entry.isCurrent || life.isCurrent
        entry.hasArrived = entry.hasArrived || life.arrival != nil
        found[life.stream] = entry
        try checkCount()
        return stays
    }

    // MARK: A user

    /// The subjects that come from a user.
    private func add(allOf user: String, in namespace: String?, to lives: inout SubjectLives) throws {
        let source = Provenance.Source(.user, user)
        for module in catalogue.modules {
            for id in try scope.read({ try module.subjects(from: source, in: $0) }) {
                if let namespace, try scope.stream(at: id)?.isOf(namespace: namespace) != true { continue }
                try lives.add(madeAt: id)
            }
        }
    }

    /// Takes the lives that are a user's alone, and the user's part of those that others have a part in.
    private mutating func take(_ own: SubjectLives, of user: String, in namespace: String?) throws {
        var shared = own
        var keys: [StreamName: Set<Int64>] = [:]
        for part in try scope.parts(for: user) where namespace.map({ part.stream.isOf(namespace: $0) }) ?? true {
            keys[part.stream, default: []].insert(part.key)
        }
        for (stream, keys) in keys.sorted(by: { $0.key < $1.key }) { try shared.add(stream, with: keys) }
        try take(own.chosen.filter { !$0.hasPart(ofOthersThan: user) })
        for life in own.chosen where life.hasPart(ofOthersThan: user) {
            for outline in life.outlines { notePlain(outline) }
        }
        let parted = own.chosen.filter { $0.hasPart(ofOthersThan: user) } + shared.chosen(besides: own)
        for life in parted.sorted(by: { $0.stream < $1.stream }) {
            // A copy of what several users have a part in goes with the first of them.
            let isCopy = catalogue.module(of: life.stream) is any CopyingModule
            let stays = try take(life) { isCopy || $0.event.isProtected(for: user) }
            if stays, life.isCurrent { found[life.stream]?.user = user }
        }
    }

    private func checkCount() throws {
        guard found.count > ErasurePlan.maximumSubjects else { return }
        throw MemoryLedgerError(
            .invalidArgument,
            "There are more than \(ErasurePlan.maximumSubjects) memories to erase at once; erase them in parts.")
    }

    private mutating func notePlain(_ outline: EventOutline) {
        guard outline.isPlain, catalogue[outline.event.type]?.holdsOnlyNames != true else { return }
        let (stream, position) = (outline.event.stream, outline.event.position)
        plain[stream, default: ErasureRemainder(stream: stream, events: 0, first: position)].events += 1
    }

    private func nothing(_ selection: ErasureSelection) -> any Error {
        if !isUnknown, !found.isEmpty {
            return EventLogError(.erased, "There is nothing left to erase of \(selection.description): it was erased.")
        }
        if case .memory(let memory) = selection, isUnknown { return MemoryLedgerError.notFound(memory) }
        return MemoryLedgerError(.notFound, "There is nothing to erase of \(selection.description); list it.")
    }

    private static func notEncrypted(
        _ left: [ErasureRemainder], _ selection: ErasureSelection
    ) -> EventLogError {
        let count = left.reduce(0) { $0 + $1.events }
        let first = left.map(\.first).min() ?? 0
        let what = count == 1 ? "1 event" : "\(count) events"
        var error = EventLogError(
            .notEncrypted,
            "Nothing was erased: \(what) of \(selection.description), the first at position \(first), stand in the log "
                + "unencrypted, from before the namespace was protected, and the log cannot change; erase what can be "
                + "with --partial, and protect namespaces before they hold anything.")
        error.position = first
        return error
    }
}
