import CLedgerShims
import Foundation

/// A lock on a file made for it, which the kernel drops when the process dies: what stands beside a file that no
/// process has locked was left behind by a process that is gone.
///
/// It belongs to the open file, so two of one process exclude each other too. A child does not inherit it.
package final class FileLock: Sendable {
    package let path: String
    private let descriptor: Int32

    /// Somebody may remove the file between opening and locking it; then another one is made.
    private static let attempts = 16

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Takes the lock without waiting; nil where somebody else has it.
    ///
    /// - Throws: `FileProblem` where the file cannot be made; `EventLogError.unsafeSideFile`.
    package static func take(_ path: String, rights: FileRights = .ofOwner) throws -> FileLock? {
        for _ in 0..<attempts {
            let descriptor = try SideFile.open(path, O_RDWR | O_CREAT, rights: rights)
            let lock = FileLock(path: path, descriptor: descriptor)
            guard memledger_try_lock(descriptor, 0) == 0 else { return nil }
            if SideFile.isAtItsPath(descriptor, path) { return lock }
        }
        return nil
    }

    /// Removes the file; the lock goes when this object does. No process can take it in between, because one that opens
    /// the path makes another file.
    package func removeFile() { unlink(path) }
}
