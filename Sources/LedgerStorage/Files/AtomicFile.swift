import CLedgerShims
import EventLog
import Foundation

/// Files that appear whole or not at all, whenever the process is killed or the power goes.
package enum AtomicFile {
    /// Writes beside the path, for its owner alone, syncs, renames, syncs the folder. What was there is replaced.
    ///
    /// - Parameter beforeRename: called when the new file is durable under its other name.
    /// - Throws: `EventLogError.storage`.
    package static func replace(_ path: String, with bytes: [UInt8], beforeRename: () -> Void = {}) throws {
        try make(path, with: bytes, replacing: true, beforeRename)
    }

    /// The same where nothing may be there yet.
    ///
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package static func create(_ path: String, with bytes: [UInt8]) throws {
        do {
            try make(path, with: bytes, replacing: false) {}
        } catch let error as EventLogError where error.code == .fileExists {
            throw EventLogError(.fileExists, "\(path) is there already and is not overwritten; name another file.")
        }
    }

    private static func make(
        _ path: String, with bytes: [UInt8], replacing: Bool, _ beforeRename: () -> Void
    ) throws {
        let file = try OutputFile(path, replacing: replacing, rights: .ofOwner)
        try file.write(bytes)
        try file.finish(beforeRename: beforeRename)
    }

    /// Gives a file that is whole and synced its name, and makes the name durable.
    ///
    /// A new name that cannot be made durable is taken away again, so that there is no file where there is an error.
    /// What was replaced is gone: there the error says that a power cut may bring it back.
    ///
    /// - Parameter replacing: Take the place of a file that is there.
    /// - Throws: `EventLogError` with `fileExists` where the name is taken, or `storage`.
    package static func place(_ part: String, at path: String, replacing: Bool) throws {
        guard (replacing ? rename(part, path) : memledger_rename_exclusive(part, path)) == 0 else {
            guard errno == EEXIST, !replacing else { throw FileProblem(path, errno).error }
            throw EventLogError(.fileExists, "\(path) exists by now and is not overwritten; name another file.")
        }
        do { try FileDescriptor.syncFolder(of: path) } catch let problem as FileProblem {
            guard replacing else {
                unlink(path)
                throw EventLogError(
                    .storage,
                    "\(path) was not made, because its folder cannot be synced (\(problem.reason)); check the disk.")
            }
            throw EventLogError(
                .storage,
                "\(path) was replaced, but its folder cannot be synced (\(problem.reason)), so that a power cut may "
                    + "bring back the former file; check the disk, then do it again.")
        }
    }

    /// Makes a folder whose name is durable, if it is missing, and those that it is in.
    ///
    /// - Throws: `EventLogError.storage`.
    package static func makeFolder(_ path: String) throws {
        do {
            let parent = LedgerPlaces.folder(of: path)
            if !LedgerPlaces.exists(parent), !parent.hasSameBytes(as: path) { try makeFolder(parent) }
            guard mkdir(path, 0o755) == 0 else {
                if errno == EEXIST { return }
                throw FileProblem(path, errno)
            }
            do { try FileDescriptor.syncFolder(of: path) } catch {
                rmdir(path)
                throw error
            }
        } catch let problem as FileProblem {
            throw problem.error
        }
    }

    /// Makes what became of the names in a file's folder durable.
    ///
    /// - Throws: `EventLogError.storage`.
    package static func syncFolder(of path: String) throws {
        do { try FileDescriptor.syncFolder(of: path) } catch let problem as FileProblem { throw problem.error }
    }

    /// Both are regular files that hold the same bytes. No link is followed.
    ///
    /// - Throws: `CancellationError`.
    package static func haveSameBytes(_ left: String, _ right: String) throws -> Bool {
        guard let left = try? RegularFile(reading: left, followingLinks: false),
            let right = try? RegularFile(reading: right, followingLinks: false)
        else { return false }
        while true {
            try Task.checkCancellation()
            guard let bytes = try? left.chunk(), let others = try? right.chunk(), bytes == others else { return false }
            if bytes.isEmpty { return true }
        }
    }

    /// All of a small file; nil where there is none.
    ///
    /// - Throws: `EventLogError.storage`, also where it is larger than the limit.
    package static func read(_ path: String, maximumBytes: Int) throws -> [UInt8]? {
        do {
            let file = try RegularFile(reading: path)
            var bytes: [UInt8] = []
            while true {
                let chunk = try file.chunk()
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
