import EventLog
import Foundation

/// A folder of this process's own in the temporary folder, which goes with its last reference.
///
/// Copies of ledgers and of what is migrated stand there, so only its owner can look in. Its file `lock` is locked as
/// long as the folder is wanted: one without that lock was left by a process that was killed, and is removed with all
/// that is in it by the next one that makes such a folder.
package final class TemporaryFolder: Sendable {
    package let path: String
    /// Nil where the file system has no locks; nothing that is left is removed there.
    private let lock: FileLock?

    private static let prefix = "memledger-scratch-"
    private static let lockName = "/lock"
    private static let randomBytes = 8
    /// How often another process may take the folder for one that is left, between its making and its locking.
    private static let attempts = 16
    /// The one place where the names' randomness comes from.
    private static let randomness: any RandomSource = SystemRandomSource()

    /// - Throws: `EventLogError.storage`.
    package convenience init() throws { try self.init(in: FileManager.default.temporaryDirectory.path) }

    init(in root: String) throws {
        Self.removeLeftBehind(in: root)
        var problem = FileProblem(root, EBUSY)
        for _ in 0..<Self.attempts {
            let path = root + "/" + Self.prefix + Self.randomness.bytes(Self.randomBytes).hexadecimal
            do {
                guard mkdir(path, 0o700) == 0 else { throw FileProblem(path, errno) }
                let lock = try FileLock.take(path + Self.lockName)
                if lock != nil || Self.hasNoLocks(path + Self.lockName) {
                    (self.path, self.lock) = (path, lock)
                    return
                }
            } catch let found as FileProblem {
                problem = found
                if found.code != ENOENT { break }
            }
        }
        throw EventLogError(.storage, "Cannot make the folder \(problem.path): \(problem.reason); check TMPDIR.")
    }

    private static func hasNoLocks(_ file: String) -> Bool {
        (try? FileDescriptor(opening: file, O_RDWR))?.tryLock() == .unknown
    }

    deinit { remove() }

    /// Removes it with all that is in it; what is open there can be read on.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func removeLeftBehind(in root: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] where name.hasPrefix(prefix) {
            let path = root + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
                let lock = try? FileLock.take(path + lockName)
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
            withExtendedLifetime(lock) {}
        }
    }
}
