import EventLog
import LedgerCapabilities
import SQLiteEventLog

/// Pages through a log that others are writing until it has seen a number of events, and reports what it saw.
struct Reader {
    private let log: SQLiteEventLog
    private let report: Report
    private let until: Int64

    init(_ arguments: Arguments) throws {
        until = Int64(try arguments.number("until"))
        report = try Report(path: arguments.text("report"))
        log = try SQLiteEventLog(
            path: arguments.file, options: LedgerFileOptions(access: .readOnly), clock: SystemTimeSource())
    }

    func run() async throws {
        var last: Position = 0
        var versions: [StreamName: StreamVersion] = [:]
        var round = 0
        while last < until {
            let page = try await log.read(EventQuery(from: last, limit: 97))
            for event in page.events {
                try check(event.position == last + 1, "position \(event.position) follows \(last)")
                let version = versions[event.stream, default: 0] + 1
                try check(event.version == version, "\(event.stream): version \(event.version), not \(version)")
                versions[event.stream] = version
                last = event.position
            }
            round += 1
            if round % 10 == 0 { try await checkStream(versions) }
            if page.events.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        }
        report.line("read \(last)")
    }

    /// A stream read alone has at least the versions that the log has shown already, without gaps.
    private func checkStream(_ versions: [StreamName: StreamVersion]) async throws {
        guard let (stream, known) = versions.randomElement() else { return }
        let page = try await log.readStream(stream, limit: 10_000)
        let found = page.events.map(\.version)
        try check(found == Array(1...StreamVersion(found.count)), "\(stream): gaps in \(found.count) versions")
        try check(found.count >= known, "\(stream): \(found.count) versions, \(known) seen before")
    }

    private func check(_ holds: Bool, _ problem: String) throws {
        if !holds { throw Usage(problem: problem) }
    }
}
