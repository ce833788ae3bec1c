import CLedgerShims
import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog

/// The other processes of the process tests:
/// `eventlog-testbench append|execute|hold|probe|read|sign|rotate FILE [--name value]…`.
@main struct Testbench {
    static func main() async {
        do {
            let arguments = try Arguments(CommandLine.arguments.dropFirst())
            try arguments.becomeUser()
            switch arguments.command {
            case "append": try await Appender(arguments).run()
            case "execute": exit(try isLocked(arguments) ? 3 : 0)
            case "hold": try await hold(arguments)
            case "probe": exit(isInUse(arguments.file) ? 0 : 3)
            case "read": try await Reader(arguments).run()
            case "sign": try await Signer(arguments).sign()
            case "rotate": try await Signer(arguments).rotate()
            default: throw Usage(problem: "no command \(arguments.command)")
            }
        } catch {
            FileHandle.standardError.write(Data("eventlog-testbench: \(error)\n".utf8))
            exit(1)
        }
    }

    /// Another process has the database open, as far as SQLite's locks tell: its bytes for readers, in WAL mode held by
    /// every connection.
    private static func isInUse(_ file: String) -> Bool {
        let descriptor = open(file, O_RDWR | O_CLOEXEC)
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        (lock.l_start, lock.l_len) = (0x4000_0002, 510)
        return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    /// Runs `--sql` on the database without waiting; true if another process keeps it from that.
    private static func isLocked(_ arguments: Arguments) throws -> Bool {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        try check(sqlite3_open_v2(arguments.file, &database, SQLITE_OPEN_READWRITE, nil), database)
        let code = sqlite3_exec(database, try arguments.text("sql"), nil, nil, nil)
        if code == SQLITE_BUSY { return true }
        try check(code, database)
        return false
    }

    private static func check(_ code: Int32, _ database: OpaquePointer?) throws {
        guard code == SQLITE_OK else { throw Usage(problem: String(cString: sqlite3_errmsg(database))) }
    }

    /// Takes the writer lock, says so, and keeps it until it is killed.
    private static func hold(_ arguments: Arguments) async throws {
        let log = try arguments.openLog()
        let report = try Report(path: arguments.text("report"))
        try await log.onWriter { _ in
            report.line("held")
            while true { sleep(1_000) }
        }
    }
}

struct Usage: Error {
    var problem: String
}

/// `command file --name value …`
struct Arguments {
    let command: String
    let file: String
    private var options: [String: String] = [:]

    init(_ words: ArraySlice<String>) throws {
        var rest = words
        guard let command = rest.popFirst(), let file = rest.popFirst() else { throw Usage(problem: "command, file") }
        self.command = command
        self.file = file
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else { throw Usage(problem: name) }
            options[String(name.dropFirst(2))] = value
        }
    }

    func text(_ name: String) throws -> String {
        guard let value = options[name] else { throw Usage(problem: "--\(name) is missing") }
        return value
    }

    func number(_ name: String, default standard: Int? = nil) throws -> Int {
        if options[name] == nil, let standard { return standard }
        guard let value = Int(try text(name)) else { throw Usage(problem: "--\(name) is not a number") }
        return value
    }

    /// Goes on as the user and in the groups of `--user UID:GID[:GID]…`, as only root can.
    func becomeUser() throws {
        guard let text = options["user"] else { return }
        let numbers = text.split(separator: ":").compactMap { UInt32($0) }
        guard numbers.count >= 2 else { throw Usage(problem: "--user") }
        umask(0o022)
        let groups = Array(numbers.dropFirst())
        guard setgroups(groups.count, groups) == 0, setgid(numbers[1]) == 0, setuid(numbers[0]) == 0 else {
            throw Usage(problem: "--user needs root")
        }
    }

    func openLog() throws -> SQLiteEventLog {
        var options = LedgerFileOptions(access: .readWrite)
        options.walCheckpointPages = try number("checkpoint-pages", default: options.walCheckpointPages)
        options.busyTimeoutMilliseconds = try number("busy-ms", default: 600_000)
        return try SQLiteEventLog(path: file, options: options, clock: SystemTimeSource())
    }
}

/// A file that lines are appended to, each with one write, so that a kill leaves whole lines.
final class Report: Sendable {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Usage(problem: "cannot open \(path)") }
    }

    func line(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
