import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

/// Goal: a process that is killed at any moment leaves every acknowledged append whole and nothing by half, and the
/// next one goes on. Method: a process appends without end, with frequent checkpoints, and is killed (SIGKILL) after a
/// seeded random time; then the whole log is compared with the acknowledgements. Forty rounds on one file.
@Suite struct KillTests {
    @Test(.timeLimit(.minutes(Soak.minutes)))
    func killedWritersLeaveEveryAcknowledgedAppendWhole() async throws {
        let file = try LogFile()
        await (try file.open()).close()
        var random = SeededRandom(Soak.seed)
        var check = AppendCheck()
        var acknowledged = 0
        for round in 0..<Soak.rounds {
            let acks = file.folder.path("acks\(round)")
            let process = try ChildProcess([
                "append", file.path, "--writer", "r\(round)", "--callers", "\(round % 3 * 3 + 1)",
                "--seed", "\(Soak.seed &+ UInt64(round) * 100)", "--checkpoint-pages", "\([4, 50, 4_096][round % 3])",
                "--report", acks,
            ])
            // Now and then before the first acknowledgement: while it opens the file.
            if round % 5 != 4 { #expect(try await eventually { !reportLines(acks).isEmpty }) }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...150_000, using: &random)))
            process.killNow()

            // Every other time the next process finds the file as the killed one left it, not as a reader opened it.
            if round % 2 == 1 || round == Soak.rounds - 1 {
                let log = try file.open(.test(round % 4 == 1 ? .readOnly : .readWrite))
                try await check.catchUp(log)
                await log.close()
                for known in max(0, round - 1)...round {
                    let lines = reportLines(file.folder.path("acks\(known)"))
                    acknowledged += lines.count
                    check.compare(lines)
                }
                #expect(check.problems == [], "seed \(Soak.seed), round \(round)")
                if !check.problems.isEmpty { return }
            }
        }
        // One of each round that was waited for, at least.
        #expect(acknowledged >= (0..<Soak.rounds).count { $0 % 5 != 4 })
        let raw = try RawSQLite(file.path)
        #expect(try raw.sqlite.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1)
    }
}
