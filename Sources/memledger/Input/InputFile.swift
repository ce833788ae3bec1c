import EventLog
import LedgerStorage

/// What a command reads: a file, a pipe, or what it gets on standard input.
final class InputFile {
    private enum Source {
        /// It may be a database that the command has open, and closing a descriptor of one would drop its locks.
        case file(RegularFile)
        case stream(Int32, isOwn: Bool)
    }

    /// Nil where that cannot be known.
    let sizeBytes: Int64?
    private let source: Source
    private let path: String

    static var standardInput: InputFile {
        InputFile(.stream(0, isOwn: false), System.size(ofDescriptor: 0), "the input")
    }

    private init(_ source: Source, _ sizeBytes: Int64?, _ path: String) {
        (self.source, self.sizeBytes, self.path) = (source, sizeBytes, path)
    }

    /// - Throws: `FileFailure`.
    convenience init(_ path: String) throws {
        guard let size = try System.size(ofRegularFile: path) else {
            self.init(.stream(try System.openFile(path), isOwn: true), nil, path)
            return
        }
        do { self.init(.file(try RegularFile(reading: path)), size, path) } catch let problem as FileProblem {
            throw FileFailure(path: path, code: problem.code)
        }
    }

    deinit { if case .stream(let descriptor, true) = source { System.closeFile(descriptor) } }

    /// Answers how many bytes were read; 0 at the end. Waits for a pipe.
    ///
    /// - Throws: `FileFailure`, `CancellationError`.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        do {
            switch source {
            case .file(let file):
                try Task.checkCancellation()
                return try file.read(into: buffer)
            case .stream(let descriptor, _):
                try System.waitForInput(descriptor)
                return try System.read(descriptor, into: buffer)
            }
        } catch let problem as FileProblem {
            throw FileFailure(path: path, code: problem.code)
        } catch let failure as FileFailure {
            throw FileFailure(path: path, code: failure.code)
        }
    }
}
