import CLedgerShims
import Foundation

/// An open file that is closed when nobody needs it any more.
final class FileDescriptor {
    private let path: String
    let descriptor: Int32

    /// - Parameter mode: Of a file that is made; only its owner's unless it says otherwise.
    /// - Throws: `FileProblem`.
    init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileProblem(path, errno) }
    }

    /// Opens a regular file for reading. A pipe or a device would keep the program waiting, and so is refused.
    ///
    /// - Throws: `FileProblem`.
    convenience init(reading path: String, _ flags: Int32 = 0) throws {
        try self.init(opening: path, O_RDONLY | O_NONBLOCK | flags)
        guard try mode & S_IFMT == S_IFREG else { throw FileProblem.irregular(path) }
    }

    deinit { close(descriptor) }

    enum Locking { case locked, taken, unknown }

    /// Takes an exclusive lock on the file, which goes when it is closed. Unknown where the file system has no locks.
    func tryLock() -> Locking {
        if memledger_try_lock(descriptor, 0) == 0 { return .locked }
        return errno == EAGAIN || errno == EACCES ? .taken : .unknown
    }

    /// Answers how many bytes were read; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileProblem(path, errno) }
        }
    }

    private static let pollMilliseconds: Int32 = 100

    /// Returns when there is something to read. Throws if the task is cancelled or it takes too long.
    ///
    /// - Throws: `CancellationError`; `FileProblem`.
    func waitForInput(seconds: Int) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        var input = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while ContinuousClock.now < end {
            try Task.checkCancellation()
            let ready = poll(&input, 1, Self.pollMilliseconds)
            if ready > 0 || ready < 0 && errno != EINTR { return }
        }
        throw FileProblem(path, ETIMEDOUT)
    }

    private static let chunkBytes = 65_536

    /// The next bytes, fewer than that at the end of a regular file only; empty where there are no more.
    func chunk() throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            count = try read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// What kind of file it is, and who may do what with it.
    var mode: mode_t {
        get throws {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw FileProblem(path, errno) }
            return status.st_mode
        }
    }

    /// Writes all of the bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno != EINTR { throw FileProblem(path, errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
        }
    }

    func sync() throws {
        guard fsync(descriptor) == 0 else { throw FileProblem(path, errno) }
    }

    /// What a file made of a ledger's contents gets: who may not read the ledger may not read that either.
    static func mode(like ledger: String) -> mode_t {
        var status = stat()
        return 0o600 | (stat(ledger, &status) == 0 ? status.st_mode & 0o666 : 0)
    }

    /// What a file system says that cannot sync folders at all, as some of networks and of FUSE do: names in them are
    /// as durable as they get there, and nothing that is done here changes that.
    private static let cannotSync = [EINVAL, ENOTSUP]

    /// Makes what became of a file's name durable: that it was made, given or removed.
    ///
    /// - Throws: `FileProblem` of the folder. What was done there stays, but a power cut may undo it.
    static func syncFolder(of path: String) throws {
        let folder = try FileDescriptor(opening: LedgerPlaces.folder(of: path), O_RDONLY | O_DIRECTORY)
        do { try folder.sync() } catch let problem as FileProblem where cannotSync.contains(problem.code) {}
    }
}
