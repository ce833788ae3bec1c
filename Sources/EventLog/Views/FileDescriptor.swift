import Foundation

/// An open file that is closed when nobody needs it any more.
final class FileDescriptor {
    private let path: String
    private let descriptor: Int32

    /// - Throws: `FileProblem`.
    init(opening path: String, _ flags: Int32) throws {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, 0o644)
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

    /// Makes names in a folder durable. Where folders cannot be synced there is nothing to do.
    static func syncFolder(of path: String) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try? FileDescriptor(opening: folder, O_RDONLY).sync()
    }
}
