import EventLog

/// Whom or what memories come from: who wrote them, or what they were taken from. What a quarantine is put on.
///
///     let web = Contributor.source(.init(.tool, "web-search"))
public enum Contributor: Hashable, Sendable, CustomStringConvertible {
    case actor(String)
    case source(Provenance.Source)

    static let actorKind = "actor"

    /// As the tables have it: `actor`, or the kind of a source.
    var kind: String {
        switch self {
        case .actor: Self.actorKind
        case .source(let source): source.kind.rawValue
        }
    }

    public var name: String {
        switch self {
        case .actor(let name): name
        case .source(let source): source.name
        }
    }

    init(kind: String, name: String) {
        self =
            kind == Self.actorKind
            ? .actor(name) : .source(Provenance.Source(Provenance.Source.Kind(rawValue: kind) ?? .other, name))
    }

    /// Byte by byte, as the tables compare.
    public static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.name.hasSameBytes(as: right.name)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        name.hashBytes(into: &hasher)
    }

    /// `actor mallory`, `tool web-search`.
    public var description: String { "\(kind) \(name)" }

    /// `{"kind", "name"}`; the kind is `actor`, `user`, `tool`, `import`, `model` or `other`.
    public var json: JSONValue { ["kind": .string(kind), "name": .string(name)] }
}
