import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

/// Goal: several processes share one file: nothing is lost, repeated or half there, and no process is told "busy".
/// Method: processes of their own append with frequent checkpoints while others read and follow.
@Suite struct ConcurrentProcessTests {
    @Test(.timeLimit(.minutes(Soak.minutes)))
    func fourProcessesAppendWhileAFifthReads() async throws {
        let file = try LogFile()
        await (try file.open()).close()
        let appends = Soak.appends
        let writers = try (0..<4).map { index in
            try ChildProcess([
                "append", file.path, "--writer", "w\(index)", "--appends", "\(appends)", "--callers",
                "\(index % 2 + 1)",
                "--seed", "\(Soak.seed &+ UInt64(index) * 100)", "--checkpoint-pages", "8", "--report",
                file.folder.path("acks\(index)"),
            ])
        }
        let readers = try (0..<2).map { index in
            try ChildProcess([
                "read", file.path, "--until", "\(4 * appends)", "--report", file.folder.path("read\(index)"),
            ])
        }
        for writer in writers { #expect(try await writer.exitCode(within: Double(Soak.minutes) * 45) == 0) }
        for reader in readers { #expect(try await reader.exitCode() == 0) }

        let log = try file.open(.test(.readOnly))
        var check = AppendCheck()
        try await check.catchUp(log)
        var acknowledged = 0
        for index in 0..<4 {
            let lines = reportLines(file.folder.path("acks\(index)"))
            acknowledged += lines.count
            check.compare(lines)
        }
        #expect(check.problems == [])
        #expect(acknowledged == 4 * appends && check.appendCount == 4 * appends)
        await log.close()
        let integrity = try RawSQLite(file.path)
        #expect(
            try integrity.sqlite.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
                == 1)
    }

    @Test(.timeLimit(.minutes(5)))
    func aSubscriberSeesAnotherProcessesEvents() async throws {
        let file = try LogFile()
        let log = try file.open()
        let follower = Task {
            var check = AppendCheck()
            for try await event in log.subscribe(pageSize: 16) where event.position >= 100 {
                try await check.catchUp(log, isQuiet: false)
                break
            }
            return check
        }
        let writer = try ChildProcess([
            "append", file.path, "--writer", "other", "--appends", "100", "--seed", "9", "--report",
            file.folder.path("acks"),
        ])
        let check = try await follower.value
        #expect(check.problems == [] && check.last >= 100)
        #expect(try await writer.exitCode() == 0)
        await log.close()
    }
}
