import EventLog

/// The members of a JSON object, in the order in which they were written, repeated names included.
///
///     let tea: JSONObject = ["key": "tea", "summary": "Likes green tea"]
///     let key = tea["key"]?.string  // "tea"
public struct JSONObject: Hashable, Sendable {
    /// A name and its value.
    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        public static func == (left: Self, right: Self) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }

        public func hash(into hasher: inout Hasher) {
            name.hashBytes(into: &hasher)
            hasher.combine(value)
        }
    }

    public private(set) var members: [Member]

    public init(_ members: [Member] = []) {
        self.members = members
    }

    public var isEmpty: Bool { members.isEmpty }
    public var count: Int { members.count }

    /// The value of that name. Where a name is repeated the last one counts, as in `JSON.parse`.
    ///
    /// Setting replaces the value in its place and removes the other members of that name, or appends a member;
    /// setting nil removes all members of that name.
    public subscript(name: String) -> JSONValue? {
        get { members.last { $0.name.hasSameBytes(as: name) }?.value }
        set {
            guard let newValue else { return remove(name) }
            guard let index = members.lastIndex(where: { $0.name.hasSameBytes(as: name) }) else {
                return append(name, newValue)
            }
            members[index].value = newValue
            var place = 0
            members.removeAll { member in
                defer { place += 1 }
                return member.name.hasSameBytes(as: name) && place != index
            }
        }
    }

    /// Adds a member at the end, even where there is one of that name.
    public mutating func append(_ name: String, _ value: JSONValue) {
        members.append(Member(name: name, value: value))
    }

    /// Removes every member of that name.
    public mutating func remove(_ name: String) {
        members.removeAll { $0.name.hasSameBytes(as: name) }
    }

    package mutating func reserveCapacity(_ capacity: Int) {
        members.reserveCapacity(capacity)
    }

    /// Adds a member under a name that is still free: `name`, else `name_`, `name__`, and so on.
    package mutating func appendUnderFreeName(_ name: String, _ value: JSONValue) {
        var free = name
        while self[free] != nil { free += "_" }
        append(free, value)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { Member(name: $0.0, value: $0.1) })
    }
}
