import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock
import class EventLogTesting.InMemoryEventLog

@testable import MemoryLedger

extension Timestamp {
    /// Where the tests' clocks stand at first: after the events of the fixtures.
    static let start = Timestamp(milliseconds: 1_769_177_364_852)
}

extension FixedClock {
    func advance(_ milliseconds: Int64) { advance(by: .milliseconds(milliseconds)) }
}

/// A ledger in a folder of its own, with a fixed clock.
struct TestLedger {
    let folder: TemporaryFolder
    let clock: FixedClock
    let ledger: MemoryLedger

    var path: String { folder.file("ledger.sqlite") }

    static func open(
        in folder: TemporaryFolder? = nil, clock: FixedClock = FixedClock(.start),
        reads: MemoryLedgerOptions.ReadCounting = .batched(reads: 64, milliseconds: 60_000),
        access: LedgerFileOptions.Access = .create, configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        let folder = try folder ?? TemporaryFolder()
        var options = MemoryLedgerOptions(readCounting: reads, clock: clock)
        options.file.access = access
        // What is tested is not the disk: commits need not wait for it, and waiting for a turn may take long.
        options.file.durability = .normal
        options.file.busyTimeoutMilliseconds = 600_000
        options.alwaysUsesSnapshots = true
        configure(&options)
        let path = folder.file("ledger.sqlite")
        let ledger: MemoryLedger
        switch LedgerBackend.current {
        case .file: ledger = try await MemoryLedger.open(at: path, options: options)
        case .arrays:
            let log = OpenedLog(
                ArrayLogs.log(at: path) { InMemoryEventLog(clock: clock) }, options.file.limits,
                requiresActor: options.requireActor || options.file.requireActor)
            ledger = try await MemoryLedger.open(on: log, tables: path, options: options)
        }
        return TestLedger(folder: folder, clock: clock, ledger: ledger)
    }

    /// Another ledger on the same file, as another process would have it.
    func another(
        access: LedgerFileOptions.Access = .readWrite, configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        try await TestLedger.open(in: folder, clock: clock, access: access, configure: configure)
    }

    /// Closes the ledger and opens it again.
    func reopened(
        access: LedgerFileOptions.Access = .readWrite, configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        await ledger.close()
        return try await another(access: access, configure: configure)
    }

    /// Invariant 1: rebuilding the projections changes no digest.
    func expectRebuildChangesNothing(
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == before, comment, sourceLocation: sourceLocation)
    }
}

extension MemoryKey: ExpressibleByStringLiteral {
    /// A key of the namespace `mem`.
    init(stringLiteral key: String) { self.init(key: key) }
}

extension MemoryLedger {
    /// Every memory, page by page.
    func all() async throws -> [Memory] {
        var memories: [Memory] = []
        var query = MemoryQuery(limit: 7)
        repeat {
            let page = try await list(query)
            memories += page.memories
            query.after = page.next
        } while query.after != nil
        return memories
    }

    /// Every event, in order.
    func events(_ filter: EventFilter = .all) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        for try await event in log.events(filter) { events.append(event) }
        return events
    }
}
