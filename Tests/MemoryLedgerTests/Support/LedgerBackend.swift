import EventLog
import Foundation
import Synchronization
import Testing

import class EventLogTesting.InMemoryEventLog

@testable import MemoryLedger

/// What the ledgers of the tests stand on.
enum LedgerBackend: String, CaseIterable, Sendable {
    /// Log and tables in one SQLite file, which commit together.
    case file
    /// The log in plain arrays, and the tables in an SQLite file that follows it.
    case arrays

    @TaskLocal static var current = LedgerBackend.file

    /// Only this one, to look for what differs.
    static let chosen = ProcessInfo.processInfo.environment["MEMLEDGER_TEST_BACKEND"].flatMap(LedgerBackend.init)
}

/// Runs each test of a suite on every backend. A failure says on which.
struct EveryBackend: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        if test.traits.contains(where: { $0 is FileOnly }) {
            if LedgerBackend.chosen ?? .file == .file { try await function() }
            return
        }
        for backend in LedgerBackend.chosen.map({ [$0] }) ?? LedgerBackend.allCases {
            let naming = IssueHandlingTrait.compactMapIssues { issue in
                var issue = issue
                issue.comments.append("on the backend \(backend)")
                return issue
            }
            try await naming.provideScope(for: test, testCase: testCase) {
                try await LedgerBackend.$current.withValue(backend, operation: function)
            }
        }
    }
}

extension Trait where Self == EveryBackend {
    static var onEveryBackend: Self { Self() }
}

/// What only a ledger in a file can do, or a test that looks into its file.
struct FileOnly: TestTrait {}

extension Trait where Self == FileOnly {
    static var inAFile: Self { Self() }
}

/// The logs in plain arrays of ledgers that tests have open, by the ledgers' paths: they last as long as the process,
/// as files would.
enum ArrayLogs {
    private static let logs = Mutex<[String: InMemoryEventLog]>([:])

    static func log(at path: String, _ make: () -> InMemoryEventLog) -> InMemoryEventLog {
        logs.withLock { logs in
            let log = logs[path] ?? make()
            logs[path] = log
            return log
        }
    }
}

/// One opening of a log that others go on using when this one is closed.
final class OpenedLog: EventLog {
    let limits: EventLogLimits
    private let log: InMemoryEventLog
    private let requiresActor: Bool
    private let isClosed = Atomic<Bool>(false)

    init(_ log: InMemoryEventLog, _ limits: EventLogLimits, requiresActor: Bool) {
        self.log = log
        self.limits = limits
        self.requiresActor = requiresActor
    }

    private func opened() throws -> InMemoryEventLog {
        if isClosed.load(ordering: .acquiring) { throw EventLogError.closed }
        return log
    }

    func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        let log = try opened()
        try limits.check(appends)
        if requiresActor { try EventLogLimits.checkActors(appends) }
        return try await log.append(appends)
    }
    func head() async throws -> Position { try await opened().head() }
    func version(of stream: StreamName) async throws -> StreamVersion { try await opened().version(of: stream) }
    func version(of stream: StreamName, at position: Position) async throws -> StreamVersion {
        try await opened().version(of: stream, at: position)
    }
    func types() async throws -> [EventType] { try await opened().types() }
    func read(_ query: EventQuery) async throws -> EventPage { try await opened().read(query) }
    func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage {
        try await opened().readStream(stream, from: from, direction: direction, limit: limit)
    }
    func event(id: EventID) async throws -> RecordedEvent? { try await opened().event(id: id) }
    func makeFeed(after position: Position) throws -> any EventFeed { try opened().makeFeed(after: position) }
    func waitForEvent(after position: Position) async throws { try await opened().waitForEvent(after: position) }
    func close() async { isClosed.store(true, ordering: .releasing) }
}
