import EventLog
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog

/// Adds memories with links, renames, updates and reads them, and reports each command once it has been acknowledged.
///
/// Memory `n` of writer `w` is added as `w/n/0` with the text `n`, a link to the writer's memory before it and one to
/// the hub that all writers share, and every third one is then renamed to `w/n/1`. Lines: `add w n`, `rename w n`,
/// `hub w n` for an update of the hub that appended the writer's mark, `read w n` for a counted read of `w/n`.
struct Writer {
    private let ledger: MemoryLedger
    private let report: Report
    private let name: String
    private let memories: Int

    init(_ arguments: Arguments) async throws {
        name = try arguments.text("writer")
        memories = try arguments.number("memories", default: .max)
        report = try Report(path: arguments.text("report"))
        ledger = try await arguments.openLedger()
    }

    func run() async throws {
        let attribution = Attribution(actor: name)
        var last: MemoryKey?
        for number in 0..<memories {
            let id = MemoryKey(key: "\(name)/\(number)/0")
            let links = [last?.key, "hub"].compactMap { $0 }.map { MemoryLink(type: "design", key: $0, term: "t") }
            try await ledger.add(id, MemoryContent(summary: name, text: "\(number)", links: links), by: attribution)
            report.line("add \(name) \(number)")
            last = id
            if number % 3 == 0 {
                try await ledger.rename(id, to: "\(name)/\(number)/1", by: attribution)
                report.line("rename \(name) \(number)")
                last = MemoryKey(key: "\(name)/\(number)/1")
            }
            if number % 4 == 0 { try await markHub(number, attribution) }
            if number % 2 == 0, let last {
                _ = try await ledger.access(last, by: attribution)
                report.line("read \(name) \(number)")
            }
        }
        await ledger.close()
    }

    /// Reads the hub, and adds the mark where it was not changed since.
    private func markHub(_ number: Int, _ attribution: Attribution) async throws {
        while true {
            guard let hub = try await ledger.get(MemoryKey(key: "hub")) else { return }
            let change = MemoryChange(keywords: hub.content.keywords + ["\(name)-\(number)"])
            do {
                try await ledger.update(hub.id, change, expecting: hub.version, by: attribution)
                return report.line("hub \(name) \(number)")
            } catch let error as MemoryLedgerError where error.code == .conflict {}
        }
    }
}

/// Lists a ledger that others write, again and again, until it has as many memories as it is told.
struct Lister {
    private let ledger: MemoryLedger
    private let report: Report
    private let until: Int

    init(_ arguments: Arguments) async throws {
        until = try arguments.number("until")
        report = try Report(path: arguments.text("report"))
        ledger = try await arguments.openLedger(.readOnly)
    }

    func run() async throws {
        var count = 0
        while count < until {
            var query = MemoryQuery(limit: 50)
            var seen: [MemoryKey] = []
            repeat {
                let page = try await ledger.list(query)
                seen += page.memories.map(\.id)
                query.after = page.next
            } while query.after != nil
            for (left, right) in zip(seen, seen.dropFirst()) where !(left < right) {
                throw Usage(problem: "\(right) follows \(left)")
            }
            // A memory that is renamed between two pages may be missed once, no more.
            guard seen.count >= count - 8 else { throw Usage(problem: "\(seen.count) memories after \(count)") }
            count = seen.count
        }
        report.line("listed \(count)")
        await ledger.close()
    }
}
