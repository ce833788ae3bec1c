import EventLog
import Foundation

/// A file that is being written, whole under its name or not there: temporary name beside it, sync, rename, sync of the
/// folder. What was not finished is removed with the last reference to it.
package final class OutputFile {
    private static let bufferBytes = 65_536

    private let path: String
    private let isReplacing: Bool
    private let part: PartFile
    private var buffer: [UInt8] = []

    /// Begins one of the program's own.
    package init(_ path: String, replacing: Bool, rights: FileRights) throws {
        (self.path, isReplacing) = (path, replacing)
        part = try PartFile(of: path, rights: rights)
    }

    /// False where something stands that no file can take the place of: a folder, a pipe, a device, and what leads to
    /// the process's own output wherever that goes, as `/dev/stdout` does.
    package static func canBeMade(at path: String) -> Bool {
        let folder = LedgerPlaces.folder(of: LedgerPlaces.place(path))
        if folder == "/dev" || (folder + "/").hasPrefix("/proc/") { return false }
        var status = stat()
        return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    }

    /// - Throws: `EventLogError.fileExists`.
    package static func checkIsFile(_ path: String) throws {
        guard !canBeMade(at: path) else { return }
        throw EventLogError(
            .fileExists, "\(path) is no regular file, and what is written gets its name when it is whole; name a file.")
    }

    /// - Throws: `EventLogError.storage`.
    package func write(_ bytes: some Collection<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private func flush() throws {
        do { try buffer.withUnsafeBytes { try part.file.write($0) } } catch let problem as FileProblem {
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
        try part.sync()
        beforeRename()
        try part.place(at: path, replacing: isReplacing)
    }
}
