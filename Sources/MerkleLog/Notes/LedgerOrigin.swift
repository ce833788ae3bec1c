package import EventLog

/// Under which name a ledger's checkpoints are signed: `memory-ledger/<ledger id>` in its first epoch,
/// `memory-ledger/<ledger id>/<epoch id>` in later ones.
///
/// An epoch begins where a backup was restored: what follows may differ from what was signed before, and two
/// inconsistent checkpoints must never bear one origin.
public struct LedgerOrigin: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    /// 1 at first.
    public let epoch: Int64

    static let prefix = "memory-ledger/"
    /// Hexadecimal digits of an epoch's id.
    public static let epochIDDigits = 16

    /// Of the first epoch: also the name of the ledger's keys.
    package init(ledger: LedgerID) {
        text = Self.prefix + ledger.description
        epoch = 1
    }

    /// Of a later epoch.
    ///
    /// - Parameter epochID: 16 lower-case hexadecimal digits; nil for anything else, or below epoch 2.
    package init?(ledger: LedgerID, epoch: Int64, epochID: String) {
        let digits = Array("0123456789abcdef".utf8)
        guard epoch >= 2, epochID.utf8.count == Self.epochIDDigits, epochID.utf8.allSatisfy({ digits.contains($0) })
        else { return nil }
        text = "\(Self.prefix)\(ledger)/\(epochID)"
        self.epoch = epoch
    }

    public var description: String { text }

    /// 16 hexadecimal digits; empty of the first epoch.
    package var epochID: String { epoch > 1 ? String(text.suffix(Self.epochIDDigits)) : "" }

    /// The id of an epoch that begins where a backup is restored or a loss is accepted.
    package static func restoredID(_ randomness: any RandomSource) -> String {
        randomness.bytes(epochIDDigits / 2).hexadecimal
    }

    /// What the id of an epoch begins with that a key began. One of a restored backup may by chance, once in 65,536
    /// times; then the key is adopted, too.
    private static let adoptionMark = "ad09"

    /// The id of an epoch that a key begins, of 6 random bytes.
    package static func adoptionID(_ bytes: [UInt8]) -> String {
        adoptionMark + bytes.hexadecimal
    }

    package static let adoptionBytes = (epochIDDigits - adoptionMark.utf8.count) / 2

    /// True where a key began the epoch: then no other may sign for it.
    package var isOfOneKey: Bool {
        epoch > 1 && text.utf8.suffix(Self.epochIDDigits).starts(with: Self.adoptionMark.utf8)
    }

    /// True where the key may sign for the origin. A key that is not named after a ledger may sign for any.
    package static func isOf(_ key: NoteVerifierKey, _ origin: String) -> Bool {
        guard key.name.utf8.starts(with: prefix.utf8) else { return true }
        return origin.hasSameBytes(as: key.name) || origin.utf8.starts(with: (key.name + "/").utf8)
    }

    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }
    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}
