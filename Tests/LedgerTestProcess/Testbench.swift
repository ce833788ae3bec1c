import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog

/// The other processes of the ledger's tests: `ledger-testbench COMMAND FILE [--name value]…`.
@main struct Testbench {
    static func main() async {
        do {
            let arguments = try Arguments(CommandLine.arguments.dropFirst())
            switch arguments.command {
            case "migrate": try await migrate(arguments)
            case "write": try await Writer(arguments).run()
            case "list": try await Lister(arguments).run()
            case "view": try await PastReader(arguments).view()
            case "snapshots": try await PastReader(arguments).snapshots()
            case "checkout": try await PastReader(arguments).checkout()
            case "erase": try await erase(arguments)
            case "backup": try await BackupKeeper(arguments).backUp()
            case "restore": try await BackupKeeper(arguments).restore()
            case "sign": try await BackupKeeper(arguments).sign()
            case "rebuild": try await Rebuilder(arguments).run()
            case "statements": try await StatementRun(arguments).run()
            default: throw Usage(problem: "no command \(arguments.command)")
            }
        } catch {
            FileHandle.standardError.write(Data("ledger-testbench: \(error)\n".utf8))
            exit(1)
        }
    }

    /// Erases `--namespace`, and kills itself when the purge has come to `--kill-at`.
    private static func erase(_ arguments: Arguments) async throws {
        let ledger = try await arguments.openLedger(.readWrite)
        let step = try arguments.text("kill-at")
        _ = try await ledger.erase(
            .namespace(arguments.text("namespace")), reason: "asked for", by: Attribution(), progress: { _ in }
        ) { reached in
            if reached.rawValue == step { kill(getpid(), SIGKILL) }
        }
        throw Usage(problem: "there is no step \(step)")
    }

    /// Migrates `--source`, with a copy in `--backups` if that is given, and reports the counts. Kills itself
    /// `--kill-after-us` after it has read `--kill-at-row`.
    private static func migrate(_ arguments: Arguments) async throws {
        let ledger = try await arguments.openLedger()
        var options = MigrationOptions()
        options.batchRows = try arguments.number("batch-rows", default: options.batchRows)
        options.backupFolder = try? arguments.text("backups")
        let row = try arguments.number("kill-at-row", default: .max)
        let pause = try arguments.number("kill-after-us", default: 0)
        options.progress = { rows, _ in
            guard rows >= row else { return }
            if pause == 0 { kill(getpid(), SIGKILL) }
            // The migration goes on until the signal comes, so that it comes anywhere.
            DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(pause)) { kill(getpid(), SIGKILL) }
        }
        let result = try await ledger.migrate(from: arguments.text("source"), options: options)
        await ledger.close()
        try Report(path: arguments.text("report")).line(result.json.description)
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

    /// With a clock that stands still at `--now` where that is given.
    func openLedger(
        _ access: LedgerFileOptions.Access = .create, snapshots: SnapshotRule = .automatic
    ) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(readCounting: .batched(reads: 16, milliseconds: 50))
        options.file.access = access
        options.snapshots = snapshots
        if let key = try? text("master-key-file") { options.file.masterKey = try MasterKey(file: key) }
        options.file.busyTimeoutMilliseconds = 600_000
        options.file.walCheckpointPages = try number("checkpoint-pages", default: options.file.walCheckpointPages)
        if let now = try? number("now") { options.clock = Still(time: Timestamp(milliseconds: Int64(now))) }
        return try await MemoryLedger.open(at: file, options: options)
    }

    private struct Still: TimeSource {
        let time: Timestamp

        func now() -> Timestamp { time }
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
