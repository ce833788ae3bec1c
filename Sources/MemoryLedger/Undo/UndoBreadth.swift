import EventLog

/// What makes a plan take back more than one who asks for it may mean.
public enum UndoBreadth: Hashable, Sendable, CustomStringConvertible {
    /// Events of more than one actor; events without an actor count as those of one more.
    case severalActors([UndoActor])
    /// More events than `UndoPlan.maximumEventsUnasked`.
    case manyEvents(Int)

    /// Actors that a description names.
    private static let maximumNamed = 5

    /// `events of 2 actors: bob (3), no actor (1)`.
    public var description: String {
        switch self {
        case .manyEvents(let count): return "\(count) events, more than \(UndoPlan.maximumEventsUnasked)"
        case .severalActors(let actors):
            let named = actors.prefix(Self.maximumNamed).map { "\($0.name ?? "no actor") (\($0.events))" }
            let more = actors.count - named.count
            return "events of \(actors.count) actors: " + named.joined(separator: ", ")
                + (more > 0 ? " and \(more) more" : "")
        }
    }
}

/// An actor, and how many of the events are theirs.
public struct UndoActor: Hashable, Sendable {
    /// Nil: of nobody.
    public var name: String?
    public var events: Int

    /// `{"actor", "events"}`.
    public var json: JSONValue { ["actor": JSONValue(optional: name), "events": JSONValue(events)] }
}

extension UndoPlan {
    /// The most events that a plan undoes without being asked for twice.
    public static let maximumEventsUnasked = 1_000

    /// Whose events are undone: those of the most first, then by name, nobody's last.
    public var actors: [UndoActor] {
        eventsByActor.map { UndoActor(name: $0.key?.text, events: $0.value) }
            .sorted { left, right in
                guard left.events == right.events else { return left.events > right.events }
                guard let first = left.name, let second = right.name else { return left.name != nil }
                return first.precedesByBytes(second)
            }
    }

    /// Why a person should be asked twice before the plan is carried out; empty for a plan that is not broad.
    public var breadth: [UndoBreadth] {
        var breadth: [UndoBreadth] = []
        let actors = actors
        if actors.count > 1 { breadth.append(.severalActors(actors)) }
        if events > Self.maximumEventsUnasked { breadth.append(.manyEvents(events)) }
        return breadth
    }
}
