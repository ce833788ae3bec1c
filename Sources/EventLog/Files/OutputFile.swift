import Foundation

/// A file that is being written, whole under its name or not there: temporary name beside it, sync, rename, sync of the
/// folder. What was not finished is removed with the last reference to it.
package final class OutputFile {
    /// For others to read, like a checkpoint or a proof.
    static let publicMode: mode_t = 0o644
    private static let bufferBytes = 65_536

    private let path: String
    private let isReplacing: Bool
    private let part: String
    private let file: FileDescriptor
    private var buffer: [UInt8] = []
    private var isFinished = false

    /// Begins a file that somebody has named.
    ///
    /// - Parameters:
    ///   - replacing: Take the place of a file that is there.
    ///   - protected: What it must not be.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package convenience init(_ path: String, replacing: Bool, besides protected: ProtectedFiles) throws {
        try protected.check(path)
        guard replacing || !LedgerPlaces.exists(path) else {
            throw EventLogError(.fileExists, "\(path) exists and is not overwritten; name another file, or delete it.")
        }
        try protected.check(Self.part(of: path))
        try self.init(path, replacing: replacing, mode: Self.publicMode)
    }

    /// Begins one of the program's own.
    init(_ path: String, replacing: Bool, mode: mode_t) throws {
        (self.path, isReplacing, part) = (path, replacing, Self.part(of: path))
        // Left by a process that had this one's number and was killed.
        unlink(part)
        do {
            file = try FileDescriptor(opening: part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        } catch let problem as FileProblem {
            throw problem.error
        }
    }

    deinit { if !isFinished { unlink(part) } }

    private static func part(of path: String) -> String { "\(path).part-\(getpid())" }

    /// - Throws: `EventLogError.storage`.
    package func write(_ bytes: some Collection<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private func flush() throws {
        do { try buffer.withUnsafeBytes { try file.write($0) } } catch let problem as FileProblem {
            throw problem.error
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Gives the file its name when all of it is durable.
    ///
    /// - Parameter beforeRename: called when the new file is durable under its other name.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package func finish(beforeRename: () -> Void = {}) throws {
        try flush()
        do { try file.sync() } catch let problem as FileProblem { throw problem.error }
        beforeRename()
        try AtomicFile.place(part, at: path, replacing: isReplacing)
        isFinished = true
    }
}
