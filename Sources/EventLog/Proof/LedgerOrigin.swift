/// Under which name a ledger's checkpoints are signed: `memory-ledger/<ledger id>` in its first epoch,
/// `memory-ledger/<ledger id>/<epoch id>` in later ones.
///
/// An epoch begins where a backup was restored: what follows may differ from what was signed before, and two
/// inconsistent checkpoints must never bear one origin.
public struct LedgerOrigin: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    static let prefix = "memory-ledger/"
    /// Hexadecimal digits of an epoch's id.
    public static let epochIDDigits = 16

    init(text: String) { self.text = text }

    public var description: String { text }

    /// True where the key may sign for the origin. A key that is not named after a ledger may sign for any.
    static func isOf(_ key: NoteVerifierKey, _ origin: String) -> Bool {
        guard key.name.utf8.starts(with: prefix.utf8) else { return true }
        return origin.hasSameBytes(as: key.name) || origin.utf8.starts(with: (key.name + "/").utf8)
    }

    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }
    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}
