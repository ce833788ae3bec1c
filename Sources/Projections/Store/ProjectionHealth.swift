/// How a projection does.
public enum ProjectionHealth: Hashable, Sendable, CustomStringConvertible {
    case ok
    /// Events of the log are not in its rows yet.
    case behind
    /// So many events were set aside, because its projector refused them.
    case deadLetters(Int)
    /// An older program, with a lower version of it, built it; opening the ledger for writing rebuilds it.
    case outdated
    /// A newer program, with a higher version of it, built it.
    case newer
    case missingTables
    case notBuilt

    /// For programs: `dead_letters`.
    public var code: String {
        switch self {
        case .ok: "ok"
        case .behind: "behind"
        case .deadLetters: "dead_letters"
        case .outdated: "outdated"
        case .newer: "newer"
        case .missingTables: "missing_tables"
        case .notBuilt: "not_built"
        }
    }

    public var description: String {
        switch self {
        case .deadLetters(let count): count == 1 ? "1 dead letter" : "\(count) dead letters"
        default: code.replacing("_", with: " ")
        }
    }
}
