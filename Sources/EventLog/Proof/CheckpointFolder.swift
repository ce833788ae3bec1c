import Foundation

/// A folder with a copy of each checkpoint, for somebody else to back up: `<size>.checkpoint`, the size in 20 digits,
/// in a later epoch `<size>-<epoch id>.checkpoint`, and `latest.checkpoint`.
public struct CheckpointFolder: Hashable, Sendable {
    public let path: String

    /// As many as the largest size has, and one.
    private static let sizeDigits = 20
    /// For everybody to read: that is what they are for.
    private static let mode: mode_t = 0o644

    public init(path: String) { self.path = path }

    /// The file of a checkpoint.
    public func file(of checkpoint: Checkpoint) -> String {
        let digits = String(checkpoint.size)
        let size = String(repeating: "0", count: Self.sizeDigits - digits.utf8.count) + digits
        return "\(path)/\(size)\(Self.suffix(of: checkpoint.origin)).checkpoint"
    }

    /// The epoch's id, so that a checkpoint of one epoch never takes the place of another's.
    private static func suffix(of origin: String) -> String {
        let parts = origin.utf8.split(separator: UInt8(ascii: "/"))
        guard parts.count == 3, let epoch = parts.last, epoch.count == LedgerOrigin.epochIDDigits else { return "" }
        return "-" + String(decoding: epoch, as: UTF8.self)
    }

    /// Writes both files, each whole or not at all, and makes the folder where it is missing.
    ///
    /// - Throws: `EventLogError.storage`.
    @discardableResult
    public func write(_ signed: SignedCheckpoint) throws -> String {
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw FileProblem(path, errno).error }
        let file = file(of: signed.checkpoint)
        try AtomicFile.replace(file, with: signed.bytes, mode: Self.mode)
        try AtomicFile.replace(path + "/latest.checkpoint", with: signed.bytes, mode: Self.mode)
        return file
    }
}
