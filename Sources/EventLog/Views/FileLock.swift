import CLedgerShims
import Foundation

/// A lock on a file made for it, which the kernel drops when the process dies: what stands beside a file that no
/// process has locked was left behind by a process that is gone.
///
/// It belongs to the open file, so two of one process exclude each other too. A child does not inherit it.
final class FileLock: Sendable {
    let path: String
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
    static func take(_ path: String, rights: FileRights = .ofOwner) throws -> FileLock? {
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
    func removeFile() { unlink(path) }
}

/// What the operating system says of a file.
package struct FileProblem: Error, CustomStringConvertible {
    let path: String
    /// As `errno`.
    package let code: Int32
    let reason: String
    private let advice: String

    init(_ path: String, _ code: Int32) {
        (self.path, self.code) = (path, code)
        reason = String(cString: strerror(code))
        advice = "check the folder, its permissions and the disk's free space"
    }

    private init(_ path: String, _ code: Int32, _ reason: String, _ advice: String) {
        (self.path, self.code, self.reason, self.advice) = (path, code, reason, advice)
    }

    /// What is there cannot be read as a file: a folder, a pipe, a socket, a device.
    static func irregular(_ path: String) -> FileProblem {
        FileProblem(path, EINVAL, "no regular file", "name the file itself")
    }

    package var description: String { "\(path): \(reason)" }

    /// As an error that says what to do.
    var error: EventLogError {
        EventLogError(.storage, "\(path): \(reason); \(advice).")
    }
}
