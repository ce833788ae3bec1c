import EventLog

/// A stream as undo looks at it: the state after each event, and what a plan has made of the last one.
///
/// A subject that ends and comes again is another one, in another life, even if it looks the same; unless an event that
/// undoes the end has brought it back.
struct StreamLives<Subject: StreamSubject> {
    struct Entry {
        var reference: EventReference
        /// After the event.
        var state: Subject?
        /// 0 if there is no subject after it.
        var life: Int
        /// Some of the state is what remains of an erased event.
        var isErased: Bool
    }

    /// What taking an event back leads to.
    struct Target {
        var state: Subject?
        var life = 0
        var isDifferent = false
        var conflicts: [String] = []
    }

    /// What a conflict calls the subject as a whole.
    static var wholeSubject: String { "subject" }

    private(set) var entries: [Entry] = []
    private(set) var original: Subject?
    /// With what the plan has taken back.
    private(set) var present: Subject?
    private var presentLife = 0
    private var lives = 0
    private var places: [EventID: Int] = [:]
    /// Of each entry the one that took it back and stands; made when it is asked for first.
    private var compensations: [Int?]?

    var isUnchanged: Bool { Self.isSame(original, present) }

    func state(before index: Int) -> Subject? { index == 0 ? nil : entries[index - 1].state }
    func isErased(before index: Int) -> Bool { index > 0 && entries[index - 1].isErased }
    private func life(before index: Int) -> Int { index == 0 ? 0 : entries[index - 1].life }

    // MARK: Reading

    /// Takes the stream's next event; without a body it changes nothing.
    mutating func append(_ event: RecordedEvent, _ body: Subject.Event?) {
        let reference = EventReference(event)
        let last = entries.last
        let state = body.map { Subject.applying($0, to: last?.state) } ?? last?.state
        var life = last?.life ?? 0
        if state == nil {
            life = 0
        } else if life == 0 {
            life = lifeBroughtBack(by: reference, state) ?? lives + 1
            lives = max(lives, life)
        }
        let isErased = state != nil && (event.protection.isErased || life != 0 && last?.isErased == true)
        places[event.id] = entries.count
        entries.append(Entry(reference: reference, state: state, life: life, isErased: isErased))
    }

    /// The life that an event named as its cause had ended, if the subject is as it was then.
    private func lifeBroughtBack(by reference: EventReference, _ state: Subject?) -> Int? {
        guard let cause = reference.attribution.causationID.flatMap({ EventID($0) }), let end = places[cause],
            entries[end].life == 0, life(before: end) != 0, Self.isSame(self.state(before: end), state)
        else { return nil }
        return life(before: end)
    }

    mutating func finish() {
        original = entries.last?.state
        present = original
        presentLife = entries.last?.life ?? 0
    }

    mutating func set(_ state: Subject?, life: Int) {
        present = state
        presentLife = life
    }

    // MARK: Comparing

    /// What taking an event back makes of what the plan has made of the stream by now.
    func target(of index: Int) throws -> Target {
        try target(of: index, from: present, presentLife)
    }

    private func target(of index: Int, from now: Subject?, _ life: Int) throws -> Target {
        let entry = entries[index]
        let (before, after) = (state(before: index), entry.state)
        guard let before, let after else {
            if before == nil, after == nil { return Target(state: now, life: life) }
            return ending(of: index, before, after, now, life)
        }
        guard let now, life == entry.life else {
            return Target(state: now, life: life, conflicts: [Self.wholeSubject])
        }
        let (old, new, present) = (before.fields, after.fields, now.fields)
        var fields = present
        var target = Target(state: now, life: life)
        for name in Self.names(old, new) where !Self.isSame(old[name], new[name]) {
            if Self.isSame(present[name], new[name]) {
                fields.remove(name)
                if let value = old[name] { fields.append(name, value) }
                target.isDifferent = true
            } else if !Self.isSame(present[name], old[name]) {
                target.conflicts.append(name)
            }
        }
        if target.isDifferent { target.state = try Subject(fields: fields) }
        return target
    }

    /// Of an event with which the subject came or went.
    private func ending(of index: Int, _ before: Subject?, _ after: Subject?, _ now: Subject?, _ life: Int) -> Target {
        guard let after else {
            // It comes back if nothing has taken its place.
            if now == nil { return Target(state: before, life: self.life(before: index), isDifferent: true) }
            let isBack = life == self.life(before: index)
            return Target(state: now, life: life, conflicts: isBack ? [] : [Self.wholeSubject])
        }
        // What it made is gone by now, and what is there is another one's.
        guard let now, life == entries[index].life else { return Target(state: now, life: life) }
        let changed = Self.changed(after, now)
        return changed.isEmpty
            ? Target(state: nil, isDifferent: true) : Target(state: now, life: life, conflicts: changed)
    }

    static func isSame(_ left: Subject?, _ right: Subject?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return JSONValue.object(left.fields).isSame(as: .object(right.fields))
    }

    private static func isSame(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.isSame(as: right)
    }

    private static func names(_ left: JSONObject, _ right: JSONObject) -> [String] {
        left.members.map(\.name) + right.members.map(\.name).filter { left[$0] == nil }
    }

    /// The fields that differ.
    private static func changed(_ left: Subject?, _ right: Subject?) -> [String] {
        guard let left = left?.fields, let right = right?.fields else {
            return left == nil && right == nil ? [] : [wholeSubject]
        }
        return names(left, right).filter { !isSame(left[$0], right[$0]) }
    }

    // MARK: What others did

    /// The entry that took another one back and stands.
    mutating func compensation(of index: Int) throws -> Int? {
        if let known = compensations { return known[index] }
        var causes: [Int: [Int]] = [:]
        for (place, entry) in entries.enumerated() {
            let cause = entry.reference.attribution.causationID.flatMap { EventID($0) }.flatMap { places[$0] }
            if let cause, cause < place { causes[cause, default: []].append(place) }
        }
        var found: [Int?] = Array(repeating: nil, count: entries.count)
        // Each undoing of an undoing is later: of the last ones it is known first.
        for place in entries.indices.reversed() {
            found[place] = try causes[place]?.first { later in
                let then = entries[later]
                let left = try target(of: place, from: then.state, then.life)
                return found[later] == nil && !left.isDifferent && left.conflicts.isEmpty
            }
        }
        compensations = found
        return found[index]
    }

    /// The last entry after another one that changed a field, or with which the subject came or went.
    func lastChange(of field: String, after index: Int) -> Int? {
        entries.indices.dropFirst(index + 1).last { later in
            Self.changed(state(before: later), entries[later].state).contains { $0 == field || $0 == Self.wholeSubject }
        }
    }
}
