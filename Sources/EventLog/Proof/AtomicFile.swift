import Foundation

/// Files that appear whole or not at all, whenever the process is killed or the power goes.
package enum AtomicFile {
    /// For others to read, like a checkpoint or a proof.
    private static let publicMode: mode_t = 0o644

    /// Writes a file that anybody may read.
    ///
    /// - Parameter replacing: Replace one that is there.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package static func publish(_ bytes: [UInt8], to path: String, replacing: Bool) throws {
        if replacing {
            try replace(path, with: bytes, mode: publicMode)
        } else {
            try create(path, with: bytes, mode: publicMode)
        }
    }

    /// Writes beside the path, syncs, renames, syncs the folder. What was there is replaced.
    ///
    /// - Parameter beforeRename: called when the new file is durable under its other name.
    /// - Throws: `EventLogError.storage`.
    static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t = 0o600, beforeRename: () -> Void = {}
    ) throws {
        let part = "\(path).part-\(getpid())"
        do {
            try write(bytes, toNew: part, mode)
            beforeRename()
            guard rename(part, path) == 0 else { throw FileProblem(path, errno) }
            FileDescriptor.syncFolder(of: path)
        } catch {
            unlink(part)
            throw (error as? FileProblem)?.error ?? error
        }
    }

    /// The same where nothing may be there yet.
    ///
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    static func create(_ path: String, with bytes: [UInt8], mode: mode_t = 0o600) throws {
        let part = "\(path).part-\(getpid())"
        defer { unlink(part) }
        do {
            try write(bytes, toNew: part, mode)
            // Unlike a rename, a link refuses a name that is taken.
            guard link(part, path) == 0 else { throw FileProblem(path, errno) }
            FileDescriptor.syncFolder(of: path)
        } catch let problem as FileProblem where problem.code == EEXIST {
            throw EventLogError(.fileExists, "\(path) is there already and is not overwritten; name another file.")
        } catch {
            throw (error as? FileProblem)?.error ?? error
        }
    }

    private static func write(_ bytes: [UInt8], toNew part: String, _ mode: mode_t) throws {
        // Left by a process that had this one's number and was killed.
        unlink(part)
        let file = try FileDescriptor(opening: part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.sync()
    }

    /// All of a small file; nil where there is none.
    ///
    /// - Throws: `EventLogError.storage`, also where it is larger than the limit.
    package static func read(_ path: String, maximumBytes: Int) throws -> [UInt8]? {
        do {
            let file = try FileDescriptor(opening: path, O_RDONLY)
            var bytes: [UInt8] = []
            while true {
                let chunk = try [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if chunk.isEmpty { return bytes }
                bytes += chunk
                guard bytes.count <= maximumBytes else {
                    throw EventLogError(.storage, "\(path) has more than \(maximumBytes) bytes; name another file.")
                }
            }
        } catch let problem as FileProblem {
            if problem.code == ENOENT { return nil }
            throw problem.error
        }
    }
}
