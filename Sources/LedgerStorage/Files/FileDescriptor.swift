import CLedgerShims
import Foundation

/// An open file that is closed with its last reference.
package final class FileDescriptor {
    private let path: String
    package let descriptor: Int32

    /// Opens what is no database, or one that this process alone knows and has closed: see `RegularFile`.
    ///
    /// - Throws: `FileProblem`.
    package init(opening path: String, _ flags: Int32) throws {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem(path, errno) }
    }

    /// Makes a new file, for reading and writing.
    ///
    /// - Throws: `FileProblem`.
    package init(making path: String, _ rights: FileRights) throws {
        self.path = path
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        descriptor = open(path, flags, mode_t(truncatingIfNeeded: rights.initialMode))
        guard descriptor >= 0 else { throw FileProblem(path, errno) }
        rights.give(to: descriptor)
    }

    deinit { close(descriptor) }

    enum Locking { case locked, taken, unknown }

    /// Takes an exclusive lock on the file, which goes when it is closed. Unknown where the file system has no locks.
    func tryLock() -> Locking {
        if memledger_try_lock(descriptor, 0) == 0 { return .locked }
        return errno == EAGAIN || errno == EACCES ? .taken : .unknown
    }

    /// Answers how many bytes were read; 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileProblem(path, errno) }
        }
    }

    private static let pollMilliseconds: Int32 = 100

    /// Returns when there is something to read.
    ///
    /// - Parameter check: Called ten times a second; what it throws ends the wait.
    /// - Throws: `FileProblem`, with `ETIMEDOUT` where it takes too long, and what `check` throws.
    package func waitForInput(seconds: Int, _ check: () throws -> Void) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        var input = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while ContinuousClock.now < end {
            try check()
            let ready = poll(&input, 1, Self.pollMilliseconds)
            if ready > 0 || ready < 0 && errno != EINTR { return }
        }
        throw FileProblem(path, ETIMEDOUT)
    }

    /// Writes all of the bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno != EINTR { throw FileProblem(path, errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
        }
    }

    package func sync() throws {
        guard fsync(descriptor) == 0 else { throw FileProblem(path, errno) }
    }

    /// What a file system says that cannot sync folders at all, as some of networks and of FUSE do: names in them are
    /// as durable as they get there, and nothing that is done here changes that.
    private static let cannotSync = [EINVAL, ENOTSUP]

    /// Makes what became of a file's name durable: that it was made, given or removed.
    ///
    /// - Throws: `FileProblem` of the folder. What was done there stays, but a power cut may undo it.
    package static func syncFolder(of path: String) throws {
        let folder = try FileDescriptor(opening: LedgerPlaces.folder(of: path), O_RDONLY | O_DIRECTORY)
        do { try folder.sync() } catch let problem as FileProblem where cannotSync.contains(problem.code) {}
    }
}
