import EventLog

/// What a data key encrypts: the events of a stream until its subject ends, or those of them that are protected for the
/// same users.
///
/// Invariant: `text` is the stream, then a unit separator before each user, in the order of their bytes. Neither has
/// control characters, so all subjects of a stream are one range of texts: from its name up to its name and a space.
struct KeySubject: Hashable {
    let stream: StreamName
    let users: [String]

    static let separator: Character = "\u{1f}"
    private static let separatorByte: UInt8 = 0x1f

    init(_ stream: StreamName, for users: [String]) {
        self.stream = stream
        var sorted: [String] = []
        for user in users.sorted(by: { $0.precedesByBytes($1) }) where sorted.last?.hasSameBytes(as: user) != true {
            sorted.append(user)
        }
        self.users = sorted
    }

    init(text: String) {
        let parts = text.utf8.split(separator: Self.separatorByte, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        stream = StreamName(parts.first ?? "")
        users = Array(parts.dropFirst())
    }

    /// As it stands in `data_keys`, and as a wrapped key is bound to it.
    var text: StreamName {
        users.isEmpty ? stream : StreamName(stream.rawValue + users.map { "\(Self.separator)\($0)" }.joined())
    }

    /// All subjects of a stream lie below it, from the stream's name on.
    static func end(of stream: StreamName) -> String { stream.rawValue + " " }

    func isFor(_ user: String) -> Bool { users.contains { $0.hasSameBytes(as: user) } }

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
