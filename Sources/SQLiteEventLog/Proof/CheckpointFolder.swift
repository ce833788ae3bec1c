import EventLog
import Foundation
public import LedgerCapabilities
import LedgerStorage
public import MerkleLog

/// A folder with a copy of each checkpoint, for somebody else to back up: `<size>.checkpoint`, the size in 20 digits,
/// in a later epoch `<size>-<epoch id>.checkpoint`, and `latest.checkpoint`.
public struct CheckpointFolder: Hashable, Sendable {
    public let path: String

    /// As many as the largest size has, and one.
    private static let sizeDigits = 20

    private static let ending = ".checkpoint"
    private static let latest = "latest.checkpoint"

    public init(path: String) { self.path = path }

    /// The file of a checkpoint.
    public func file(of checkpoint: Checkpoint) -> String {
        let digits = String(checkpoint.size)
        let size = String(repeating: "0", count: Self.sizeDigits - digits.utf8.count) + digits
        return "\(path)/\(size)\(Self.suffix(of: checkpoint.origin))\(Self.ending)"
    }

    /// The epoch's id, so that a checkpoint of one epoch never takes the place of another's.
    private static func suffix(of origin: String) -> String {
        let parts = origin.utf8.split(separator: UInt8(ascii: "/"))
        guard parts.count == 3, let epoch = parts.last, epoch.count == LedgerOrigin.epochIDDigits else { return "" }
        return "-" + String(decoding: epoch, as: UTF8.self)
    }

    /// The copies that a checkpoint of this origin must continue: `latest.checkpoint`, and the largest one by its name.
    ///
    /// - Throws: `EventLogError` with `storage`, `malformedNote` or `malformedProof`, naming the file.
    func last(of origin: String) throws -> [(path: String, copy: Checkpoint)] {
        var status = stat()
        if stat(path, &status) != 0, errno == ENOENT { return [] }
        let ending = Self.suffix(of: origin) + Self.ending
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw EventLogError(.storage, "\(path) cannot be read; check the folder and its permissions.")
        }
        let largest = names.filter { name in
            name.utf8.count == Self.sizeDigits + ending.utf8.count && name.hasSuffix(ending)
                && name.utf8.prefix(Self.sizeDigits).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }.max()
        return try ([Self.latest] + (largest.map { [$0] } ?? [])).compactMap { name in
            let file = path + "/" + name
            guard let bytes = try AtomicFile.read(file, maximumBytes: SignedNote.maximumBytes) else { return nil }
            do {
                let copy = try SignedCheckpoint(bytes).checkpoint
                return copy.origin.hasSameBytes(as: origin) ? (file, copy) : nil
            } catch let error as EventLogError {
                throw EventLogError(error.code, "\(file): \(error.message)")
            }
        }
    }

    /// Makes the folder where it is missing, and tries whether files can be written there.
    ///
    /// - Parameter protected: What must not be one of its files.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    public func prepare(besides protected: ProtectedFiles = ProtectedFiles()) throws {
        for file in ["", "/" + Self.latest] { try protected.check(path + file) }
        try make()
        let trial = "\(path)/.trial-\(getpid())"
        try AtomicFile.publish([], to: trial, replacing: true, besides: protected)
        unlink(trial)
    }

    private func make() throws {
        try AtomicFile.makeFolder(path)
    }

    /// Writes both files, each whole or not at all, and makes the folder where it is missing.
    ///
    /// - Parameter protected: What they must not be.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    @discardableResult
    public func write(_ signed: SignedCheckpoint, besides protected: ProtectedFiles = ProtectedFiles()) throws -> String
    {
        try make()
        let file = file(of: signed.checkpoint)
        for path in [file, path + "/" + Self.latest] {
            try AtomicFile.publish(signed.bytes, to: path, replacing: true, besides: protected)
        }
        return file
    }
}
