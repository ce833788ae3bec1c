import EventLog
import Foundation
import MemoryLedger
import SQLiteEventLog
import Synchronization
import Testing

@testable import LedgerOperations

/// Goal: who asks is told of the events that are set aside and may be known, at a bounded cost. Method: events of a
/// newer program in two namespaces, appended past the projections.
@Suite struct SetAsideNoticeTests {
    @Test func eventsAreCountedUpToABound() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("ledger.sqlite").path
        let first = try await MemoryLedger.open(at: path)
        let options = first.options
        for namespace in ["here", "there"] {
            try await first.add(MemoryKey(namespace: namespace, key: "a"), MemoryContent())
        }
        await first.close()
        let log = try SQLiteEventLog(path: path, options: options.file, clock: options.clock)
        for stream: StreamName in ["there/a", "here/a", "here/a", "there/a", "here/a"] {
            let id = options.ids.next(at: options.clock.now())
            _ = try await log.append(
                to: stream, [NewEvent(id: id, type: "MemoryUpdated", schemaVersion: 2, payload: [1])])
        }
        await log.close()
        let ledger = try await MemoryLedger.open(at: path)
        func told(_ grant: AccessGrant, reading maximum: Int? = nil) async throws -> [OperationNotice] {
            let notices = Mutex<[OperationNotice]>([])
            let request = OperationRequest(ledger, grant: grant) { notice in notices.withLock { $0.append(notice) } }
            if let maximum {
                try await request.noticeDeadLetters(reading: maximum)
            } else {
                try await request.noticeDeadLetters()
            }
            return notices.withLock { $0 }
        }
        let here = AccessGrant(.read, namespaces: ["here"])
        #expect(try await told(.everything) == [.eventsSetAside(5)])
        #expect(try await told(here) == [.eventsSetAside(3)])
        #expect(try await told(here, reading: 2) == [.eventsSetAside(1)])
        #expect(try await told(here, reading: 1).isEmpty)
        #expect(try await told(AccessGrant(.read, namespaces: ["elsewhere"])).isEmpty)
        // What is skipped does not wait.
        try await ledger.skipDeadLetters(positions: [4])
        #expect(try await told(.everything) == [.eventsSetAside(4)])
        #expect(try await told(here) == [.eventsSetAside(2)])
        await ledger.close()
    }
}
