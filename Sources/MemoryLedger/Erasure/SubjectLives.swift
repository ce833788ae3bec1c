import EventLog
import LedgerCapabilities

/// A life that a memory led under one key: from where it came, and where it went.
struct SubjectLife {
    var stream: StreamName
    var outlines: [EventOutline] = []
    /// The stream that it came from, and the position of the event here that says so.
    var arrival: (from: StreamName, position: Position)?
    /// The stream that it went to, and the position of the event here that says so.
    var departure: (to: StreamName, position: Position)?
    /// It was put back after the life before it had ended, and holds what that held.
    var isRestored = false
    /// Nothing ended it.
    var isCurrent = false

    /// Of its events.
    var positions: [Position] { outlines.map(\.event.position) }

    /// Something of it is protected for users, and not for this one.
    func hasPart(ofOthersThan user: String) -> Bool {
        outlines.contains { !$0.event.protectedFor.isEmpty && !$0.event.isProtected(for: user) }
    }
}

/// The lives that belong together: a memory's under all of its keys.
///
/// A key may have held several memories one after the other. What is asked for by its key is all of them; of the keys
/// that these had besides, only their own lives.
struct SubjectLives {
    private struct Place: Hashable {
        var stream: StreamName
        var index: Int
    }

    private let scope: any ErasureScope
    private let events: EventCatalogue
    private var lives: [StreamName: [SubjectLife]] = [:]
    private var seen: Set<Place> = []

    init(_ scope: any ErasureScope, _ events: EventCatalogue) {
        self.scope = scope
        self.events = events
    }

    /// By stream, and in their order.
    var chosen: [SubjectLife] {
        seen.sorted { ($0.stream, $0.index) < ($1.stream, $1.index) }.compactMap { lives[$0.stream]?[$0.index] }
    }

    /// Those that others do not have.
    func chosen(besides others: SubjectLives) -> [SubjectLife] {
        seen.subtracting(others.seen).compactMap { lives[$0.stream]?[$0.index] }
    }

    /// Takes every life of a stream, and what belongs to each.
    mutating func add(_ stream: StreamName) throws {
        try add(lives(of: stream).indices.map { Place(stream: stream, index: $0) })
    }

    /// Takes the lives of a stream that have something of these data keys, and nothing else.
    mutating func add(_ stream: StreamName, with keys: Set<Int64>) throws {
        for (index, life) in try lives(of: stream).enumerated()
        where life.outlines.contains(where: { $0.key.map(keys.contains) ?? false }) {
            seen.insert(Place(stream: stream, index: index))
        }
    }

    /// Takes the life of the subject that an event made, and what belongs to it.
    mutating func add(madeAt position: Position) throws {
        guard let stream = try scope.stream(at: position) else { return }
        let index = try lives(of: stream).firstIndex { life in
            life.outlines.contains { $0.event.position == position }
        }
        if let index { try add([Place(stream: stream, index: index)]) }
    }

    private mutating func add(_ places: [Place]) throws {
        var open = places
        while let place = open.popLast() {
            guard seen.insert(place).inserted else { continue }
            open += try neighbours(of: place)
        }
    }

    private mutating func neighbours(of place: Place) throws -> [Place] {
        let own = try lives(of: place.stream)
        let life = own[place.index]
        var found: [Place] = []
        if life.isRestored, place.index > 0 { found.append(Place(stream: place.stream, index: place.index - 1)) }
        if place.index + 1 < own.count, own[place.index + 1].isRestored {
            found.append(Place(stream: place.stream, index: place.index + 1))
        }
        if let (from, position) = life.arrival {
            let index = try lives(of: from).lastIndex { other in
                other.departure.map { $0.to == place.stream && $0.position < position } ?? false
            }
            if let index { found.append(Place(stream: from, index: index)) }
        }
        if let (to, position) = life.departure {
            let index = try lives(of: to).firstIndex { other in
                other.arrival.map { $0.from == place.stream && $0.position > position } ?? false
            }
            if let index { found.append(Place(stream: to, index: index)) }
        }
        return found
    }

    // MARK: A stream's lives

    private mutating func lives(of stream: StreamName) throws -> [SubjectLife] {
        if let known = lives[stream] { return known }
        let read = try read(stream)
        lives[stream] = read
        return read
    }

    private func read(_ stream: StreamName) throws -> [SubjectLife] {
        var lives: [SubjectLife] = []
        var life = SubjectLife(stream: stream)
        func end() {
            if !life.outlines.isEmpty { lives.append(life) }
            life = SubjectLife(stream: stream)
        }
        for outline in try scope.outlines(of: stream) {
            let event = outline.event
            let step = events[event.type]?.step ?? .goesOn
            if step == .arrives { end() }
            if life.outlines.isEmpty { life.isRestored = step == .returns }
            life.outlines.append(outline)
            switch step {
            case .arrives: life.arrival = try counterpart(of: event).map { ($0, event.position) }
            case .leaves:
                life.departure = try counterpart(of: event).map { ($0, event.position) }
                end()
            case .ends: end()
            case .goesOn, .returns: break
            }
        }
        life.isCurrent = true
        end()
        return lives
    }

    private func counterpart(of event: RecordedEvent) throws -> StreamName? {
        guard let module = events.module(of: event.type), let event = try scope.event(at: event.position) else {
            return nil
        }
        return try module.counterpart(of: event, in: events)
    }
}

extension LedgerModule {
    fileprivate func counterpart(of event: RecordedEvent, in events: EventCatalogue) throws -> StreamName? {
        (try events.body(of: event) as? Event).flatMap { counterpart(of: $0, in: event.stream) }
    }
}
