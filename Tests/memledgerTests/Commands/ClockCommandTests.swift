import AgentContext
import EventLog
import MemoryLedger
import Synchronization
import Testing

/// Goal: a log whose time runs ahead of the clock is said, and dates still work. Method: ledgers that were written with
/// a clock that was ahead, asked by the command, whose clock is the machine's.
@Suite struct ClockCommandTests {
    private final class SetClock: TimeSource {
        private let time = Mutex(SystemTimeSource().now())

        func now() -> Timestamp { time.withLock { $0 } }
        func advance(days: Int64) { time.withLock { $0.milliseconds += days * 86_400_000 } }
    }

    /// `a` ten days ago, `b` while the clock was so many days ahead of today, `c` nine days ago.
    private static func workspace(aheadDays days: Int64 = 36_500) async throws -> Workspace {
        let workspace = try Workspace()
        let clock = SetClock()
        let options = MemoryLedgerOptions(clock: clock)
        let ledger = try await MemoryLedger.open(at: workspace.path("memory-ledger.sqlite"), options: options)
        clock.advance(days: -10)
        try await ledger.add(MemoryKey(key: "a"), MemoryContent())
        clock.advance(days: 10 + days)
        try await ledger.add(MemoryKey(key: "b"), MemoryContent())
        clock.advance(days: -9 - days)
        try await ledger.add(MemoryKey(key: "c"), MemoryContent())
        await ledger.close()
        return workspace
    }

    private static func date(daysAgo days: Int64) -> String {
        let now = SystemTimeSource().now().milliseconds
        return Timestamp(milliseconds: now - days * 86_400_000).rfc3339
    }

    @Test func anAppendWarnsOnce() async throws {
        let workspace = try await Self.workspace()
        let added = try await workspace.run(["add", "d"])
        #expect(added.status == 0 && added.error.contains("is ahead of the clock by"))
        #expect(added.error.count(where: \.isNewline) == 1)
        #expect(try await workspace.run(["get", "a"]).error.isEmpty)
        let status = try await workspace.json("projections")
        #expect(status["clock"]?["ahead_seconds"]?.number.map { $0.double > 86_400 * 36_000 } == true)
        #expect(try await workspace.succeed("projections").output.contains("is ahead of the clock by"))
    }

    @Test func datesGoByWhenEventsOccurred() async throws {
        let workspace = try await Self.workspace()
        let list = try await workspace.run(["list", "--at", Self.date(daysAgo: 1), "--json"])
        #expect(list.status == 0 && list.error.contains("times go by when they occurred"))
        #expect(try list.json()["memories"]?.array?.count == 3)
        let earlier = try await workspace.run(["list", "--at", Self.date(daysAgo: 10), "--json"])
        #expect(try earlier.json()["memories"]?.array?.count == 1)
        let since = try await workspace.run(["log", "--since", Self.date(daysAgo: 1), "--json"])
        #expect(try since.json()["events"]?.array?.isEmpty == true && since.error.contains("times go by"))
        let all = try await workspace.run(["log", "--since", Self.date(daysAgo: 30), "--json"])
        #expect(try all.json()["events"]?.array?.count == 3)
        let until = try await workspace.run(["log", "--until", Self.date(daysAgo: 10), "--json", "--reverse"])
        #expect(try until.json()["events"]?.array?.count == 1)
        let at = try await workspace.run(["log", "--at", "3", "--json"])
        #expect(try at.json()["events"]?.array?.count == 3)
    }

    /// Three days behind, beside the machine's own clock that is not set.
    private struct SlowClock: TimeSource {
        func now() -> Timestamp {
            Timestamp(milliseconds: SystemTimeSource().now().milliseconds - 3 * 86_400_000)
        }

        func steady() -> SteadyTime? { SystemTimeSource().steady() }
    }

    #if os(Linux)
        @Test(.enabled(if: SystemTimeSource().steady() != nil)) func aJumpAheadIsToldAtTheAppend() async throws {
            let workspace = try Workspace()
            var options = MemoryLedgerOptions(clock: SlowClock())
            options.modules = AgentContext.modules
            let ledger = try await MemoryLedger.open(at: workspace.path("memory-ledger.sqlite"), options: options)
            try await ledger.add(MemoryKey(key: "a"), MemoryContent())
            await ledger.close()

            let status = try await workspace.json("projections")
            #expect(status["clock"] == .null)
            #expect(status["clock_jump"]?["ahead_seconds"]?.number.map { $0.double > 86_400 * 2.9 } == true)
            #expect(try await workspace.succeed("projections").output.contains("The clock was set ahead by"))
            let added = try await workspace.run(["add", "b"])
            #expect(added.status == 0 && added.error.contains("The clock was set ahead by"))
            #expect(added.error.count(where: \.isNewline) == 1)
            #expect(try await workspace.json("projections")["clock_jump"] != .null)
            #expect(try await workspace.run(["add", "c"]).error.isEmpty)
            #expect(try await workspace.json("projections")["clock_jump"] == .null)
        }
    #endif

    /// Also by commands that append without being asked for an event, or without having the ledger open.
    @Test func everyCommandThatAppendsWarns() async throws {
        let workspace = try await Self.workspace()
        #expect(try await workspace.run(["backup", "kept.sqlite"]).status == 0)
        for arguments in [
            ["keys", "new"], ["keys", "rotate"], ["protect", "secret", "--new-master-key", "master"],
            ["restore", "kept.sqlite", "--yes"],
        ] {
            let outcome = try await workspace.run(arguments)
            #expect(outcome.error.contains("is ahead of the clock by"), "\(arguments): \(outcome.error)")
        }
    }

    /// A clock that was set back by minutes is nothing to warn of.
    @Test func aSmallLeadIsNoWarning() async throws {
        let workspace = try await Self.workspace(aheadDays: 1)
        let added = try await workspace.run(["add", "d"])
        #expect(added.status == 0 && added.error.isEmpty)
        #expect(try await workspace.json("projections")["clock"] == .null)
    }
}
