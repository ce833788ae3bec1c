import EventLog
import EventLogTesting
import LedgerCapabilities
import SQLiteEventLog
import Testing

/// The backends that the conformance suite runs on.
enum LogKind: CaseIterable, CustomTestStringConvertible {
    case memory
    case sqlite
    case sqliteInMemory

    var testDescription: String {
        switch self {
        case .memory: "in memory"
        case .sqlite: "SQLite"
        case .sqliteInMemory: "SQLite in memory"
        }
    }

    var backend: any ConformanceBackend {
        switch self {
        case .memory: InMemoryBackend()
        case .sqlite: SQLiteBackend()
        case .sqliteInMemory: SQLiteInMemoryBackend()
        }
    }
}

struct InMemoryBackend: ConformanceBackend {
    func makeLog(_ settings: ConformanceSettings) -> InMemoryEventLog {
        InMemoryEventLog(limits: settings.limits, requireActor: settings.requireActor, clock: settings.clock)
    }

    func close(_ log: InMemoryEventLog) async { await log.close() }

    func waitingCalls(of log: InMemoryEventLog) -> Int? { log.waitingSubscribers }
}

struct SQLiteBackend: ReopeningBackend {
    /// Two segments of the index and a tail.
    let largeLogEvents = 70_200

    func makeLog(_ settings: ConformanceSettings) throws -> SQLiteEventLog {
        try SQLiteEventLog(path: TestFolder().path(), options: .test(settings), clock: settings.clock)
    }

    func reopen(_ log: SQLiteEventLog, _ settings: ConformanceSettings) throws -> SQLiteEventLog {
        try SQLiteEventLog(path: log.file.path, options: .test(settings), clock: settings.clock)
    }

    func close(_ log: SQLiteEventLog) async { await log.close() }

    /// Indexes the tail.
    func settle(_ log: SQLiteEventLog, _ settings: ConformanceSettings) async throws {
        try await SegmentTests.index(log, settings.clock)
    }

    func waitingCalls(of log: SQLiteEventLog) -> Int? { log.waitingSubscribers }
}

struct SQLiteInMemoryBackend: ConformanceBackend {
    func makeLog(_ settings: ConformanceSettings) throws -> SQLiteEventLog {
        try SQLiteEventLog.inMemory(options: .test(settings), clock: settings.clock)
    }

    func close(_ log: SQLiteEventLog) async { await log.close() }

    func settle(_ log: SQLiteEventLog, _ settings: ConformanceSettings) async throws {
        try await SegmentTests.index(log, settings.clock)
    }

    func waitingCalls(of log: SQLiteEventLog) -> Int? { log.waitingSubscribers }
}

extension MasterKey {
    /// The one that the tests of this target share.
    static let test = try? MasterKey(bytes: (0..<32).map { UInt8($0 * 7 % 251) })
}

extension LedgerFileOptions {
    fileprivate static func test(_ settings: ConformanceSettings) -> LedgerFileOptions {
        var options = test(limits: settings.limits)
        options.requireActor = settings.requireActor
        options.masterKey = .test
        return options
    }
}
