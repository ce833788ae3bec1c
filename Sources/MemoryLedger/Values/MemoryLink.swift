/// A directed, weighted pointer from one memory to another of the same namespace.
///
///     try await ledger.link(tea, MemoryLink(type: "design", key: "coffee", term: "taste", weight: 0.8))
public struct MemoryLink: Hashable, Sendable {
    /// What the link says. Agents use `decision`, `constrained`, `bug`, `design`, `assumption` and `experiment`; other
    /// words are kept as they are.
    public var type: String
    /// The key that it points at, which need not exist; nil for a link that names only a term.
    public var key: String?
    public var term: String
    /// How strong the link is, by convention from 0 to 1.
    public var weight: Double
    /// What a legacy link held beyond these fields. A field of the wrong type is kept as `<field>_raw`.
    public var extra: JSONObject

    public static let defaultWeight = 0.5

    public init(
        type: String, key: String? = nil, term: String, weight: Double = MemoryLink.defaultWeight,
        extra: JSONObject = [:]
    ) {
        self.type = type
        self.key = key
        self.term = term
        self.weight = weight
        self.extra = extra
    }
}
