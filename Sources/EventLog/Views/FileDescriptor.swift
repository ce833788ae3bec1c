import Foundation

/// An open file that is closed when nobody needs it any more.
final class FileDescriptor {
    private let path: String
    private let descriptor: Int32

    /// - Parameter mode: Of a file that is made; only its owner's unless it says otherwise.
    /// - Throws: `FileProblem`.
    init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileProblem(path, errno) }
    }

    deinit { close(descriptor) }

    /// Answers how many bytes were read; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileProblem(path, errno) }
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
