import EventLog
import LedgerStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the command needs of the operating system. Foundation has it too, at the price of loading more.
enum System {
    /// Makes writing into a closed pipe an error, which ends the command quietly, instead of a signal.
    static func ignoreBrokenPipes() { ignore(SIGPIPE) }

    /// Lets nothing that is opened later be taken for a standard stream that the caller has closed: what is printed
    /// would go into the ledger's file.
    static func openStandardStreams() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
        }
    }

    static let interruptSignals = [SIGINT, SIGTERM]

    static func ignore(_ number: Int32) { signal(number, SIG_IGN) }

    static func exit(_ status: Int32) -> Never {
        #if canImport(Glibc)
            Glibc.exit(status)
        #elseif canImport(Musl)
            Musl.exit(status)
        #else
            Darwin.exit(status)
        #endif
    }

    /// Ends the process where it is.
    static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The path with a leading `~` replaced by `HOME`, as a shell does it where it does; only this user's.
    static func expandingHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = environment("HOME") else { return path }
        return home + path.dropFirst()
    }

    /// The arguments of this process behind its name.
    ///
    /// - Returns: nil where one of them is not UTF-8.
    static func arguments() -> [String]? {
        var arguments: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let bytes = CommandLine.unsafeArgv[index], let text = String(validatingCString: bytes) else {
                return nil
            }
            arguments.append(text)
        }
        return arguments
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// How many columns the terminal has; nil where there is none.
    static func terminalWidth(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard isTerminal(descriptor), ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// True where there is a file that is not empty.
    static func hasContent(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0
    }

    /// True where the file and its folder may be written by this process.
    static func mayWrite(_ path: String) -> Bool {
        access(path, W_OK) == 0 && access(LedgerPlaces.folder(of: path), W_OK) == 0
    }

    /// Nil where there is nothing.
    static func isRegularFile(_ path: String) -> Bool? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFREG : nil
    }

    /// Refuses a new file whose folder is missing or cannot be written.
    static func checkFolder(of path: String) throws {
        let folder = path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw FileFailure(path: path, code: errno) }
    }

    /// True where an SQLite database is.
    static func isDatabase(_ path: String) -> Bool {
        guard let start = try? RegularFile(reading: path).chunk() else { return false }
        return start.starts(with: "SQLite format 3".utf8)
    }

    static func size(ofDescriptor descriptor: Int32) -> Int64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// Nil where there is something else than a regular file; one that has no name any more is none either, since only
    /// a descriptor leads to it.
    static func size(ofRegularFile path: String) throws -> Int64? {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileFailure(path: path, code: errno) }
        return status.st_mode & S_IFMT == S_IFREG && status.st_nlink > 0 ? Int64(status.st_size) : nil
    }

    /// Opens a pipe for reading, or what is like one: `waitForInput` waits for what no process writes into yet, and can
    /// be interrupted. `InputFile` opens files.
    static func openFile(_ path: String) throws -> Int32 {
        while true {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            if descriptor >= 0 {
                var status = stat()
                if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR { return descriptor }
                close(descriptor)
                throw FileFailure(path: path, code: EISDIR)
            }
            if errno != EINTR { throw FileFailure(path: path, code: errno) }
        }
    }

    static func closeFile(_ descriptor: Int32) { close(descriptor) }

    /// The path from the root, for a program that reads it in another folder later.
    static func absolutePath(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    /// Answers how many bytes were read; 0 at the end.
    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 { return count }
            if errno == EAGAIN {
                try waitForInput(descriptor)
            } else if errno != EINTR {
                throw FileFailure(path: "the input", code: errno)
            }
        }
    }

    private static let pollMilliseconds: Int32 = 100

    /// Returns when there is something to read, so that a command that is interrupted does not wait for it. The thread
    /// sleeps until then, or until a signal has been taken.
    ///
    /// - Parameter check: Throws when there is no need to wait any more. Asked again after a signal.
    /// - Throws: `CancellationError`.
    static func waitForInput(
        _ descriptor: Int32, checking check: () throws -> Void = { try Task.checkCancellation() }
    ) throws {
        while true {
            try check()
            var waited = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            if let signal = Wakening.descriptor { waited.append(pollfd(fd: signal, events: Int16(POLLIN), revents: 0)) }
            // Once a signal was taken, its pipe is always ready: then it is asked now and then.
            let isWoken = Wakening.hasCome
            let count = isWoken ? 1 : nfds_t(waited.count)
            let ready = poll(&waited, count, count == 2 ? -1 : pollMilliseconds)
            // What cannot be waited for can be read.
            if ready < 0 && errno != EINTR || ready > 0 && waited[0].revents != 0 { return }
        }
    }

    private static let maximumAnswerBytes = 4_096

    /// A line from standard input, without its end; nil where there is none.
    ///
    /// - Throws: `CancellationError` where the person interrupts the command instead of answering.
    static func readAnswer() throws -> String? {
        var line: [UInt8] = []
        while line.count < maximumAnswerBytes {
            try waitForInput(0)
            var byte: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &byte) { try read(0, into: $0) }
            if count == 0 { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// Bytes that a pipe takes at once if it takes any.
    private static let pipeBytes = 4_096

    /// Writes all of the bytes into a pipe that its reader may leave full.
    ///
    /// - Parameter check: Throws when there is no need to wait for the reader any more.
    /// - Throws: `OutputClosed` where no process reads the pipe any more; what the check throws.
    static func write(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, checking check: () throws -> Void
    ) throws {
        var rest = bytes[...]
        var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while !rest.isEmpty {
            let ready = poll(&output, 1, pollMilliseconds)
            if ready == 0 || ready < 0 && errno == EINTR {
                try check()
                continue
            }
            let piece = rest.prefix(pipeBytes)
            try write(descriptor, UnsafeRawBufferPointer(rebasing: piece))
            rest = rest.dropFirst(piece.count)
        }
    }

    /// The file of the program that runs; nil if the system does not tell.
    static func programPath() -> String? {
        #if canImport(Darwin)
            var size: UInt32 = 0
            _ = _NSGetExecutablePath(nil, &size)
            var name = [CChar](repeating: 0, count: Int(size) + 1)
            guard _NSGetExecutablePath(&name, &size) == 0, let path = realpath(name, nil) else { return nil }
        #else
            guard let path = realpath("/proc/self/exe", nil) else { return nil }
        #endif
        defer { free(path) }
        return String(cString: path)
    }

    /// Writes all of the bytes. `OutputClosed` where no process reads the pipe any more.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, piece.baseAddress, piece.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, piece.baseAddress, piece.count)
            #else
                let count = Darwin.write(descriptor, piece.baseAddress, piece.count)
            #endif
            if count < 0, errno == EPIPE { throw OutputClosed() }
            if count < 0, errno == EAGAIN {
                var output = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&output, 1, pollMilliseconds)
                continue
            }
            if count < 0, errno != EINTR { throw FileFailure(path: "the output", code: errno) }
            rest = rest.dropFirst(max(0, count))
        }
    }
}

/// No process reads what the command writes any more; not a failure.
struct OutputClosed: Error {}

/// A file that the operating system refuses.
struct FileFailure: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return "\(path): \(reason); check the name, the permissions and the disk, then try again."
    }
}
