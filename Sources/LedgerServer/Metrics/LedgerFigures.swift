import EventLog
import LedgerCapabilities
import MemoryLedger
import Projections

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a ledger says of itself to those who watch over it.
struct LedgerFigures: Sendable {
    private let ledger: MemoryLedger

    init(_ ledger: MemoryLedger) { self.ledger = ledger }

    /// Why the ledger cannot be worked with; empty if it can.
    func problems() async -> [ReadinessProblem] {
        do { try ledger.checkFile() } catch {
            return [ReadinessProblem(sentence: "the ledger's file is not where it was", detail: "\(error)")]
        }
        if let lost = ledger.lostHead {
            return [ReadinessProblem(sentence: "the ledger has lost events", detail: lost.what)]
        }
        do {
            return try await ledger.projections().compactMap { projection in
                switch projection.health {
                case .ok, .deadLetters: nil
                default:
                    ReadinessProblem(
                        sentence: "\(projection.name) is \(projection.health.code)",
                        detail: "\(projection.name) is \(projection.health.code), \(projection.lagEvents) events behind"
                    )
                }
            }
        } catch {
            return [ReadinessProblem(sentence: "the ledger cannot be read", detail: "\(error)")]
        }
    }

    func write(into page: inout MetricsPage) async throws {
        page.add("memledger_log_position", .gauge, "The log's last position.", try await ledger.log.head())
        if let figures = (ledger.log as? any MeasuredLog)?.figures { Self.write(figures, into: &page) }
        Self.write(ledger.cacheFigures, into: &page)
        let projections = try await ledger.projections()
        page.begin("memledger_projection_lag_events", .gauge, "Events that a projection does not have yet.")
        for projection in projections {
            page.add("memledger_projection_lag_events", [("projection", projection.name)], projection.lagEvents)
        }
        page.begin("memledger_dead_letters", .gauge, "Events that a projector refused.")
        for projection in projections {
            page.add("memledger_dead_letters", [("projection", projection.name)], projection.deadLetters)
        }
        if let bytes = Self.residentBytes() {
            page.add("process_resident_memory_bytes", .gauge, "Memory that is in use.", bytes)
        }
    }

    private static func write(_ figures: LogFigures, into page: inout MetricsPage) {
        let (writing, committing) = (figures.writingNanoseconds, figures.committingNanoseconds)
        page.add("memledger_events_appended_total", .counter, "Events that were appended here.", figures.events)
        page.add("memledger_appends_total", .counter, "Calls that appended them.", figures.appends)
        page.add(
            "memledger_transactions_total", .counter,
            "Transactions that committed them: appends over transactions is the size of a group.",
            figures.transactions)
        page.add(
            "memledger_transaction_seconds_total", .counter, "In these transactions, commits included.",
            Double(writing) / 1e9)
        page.add(
            "memledger_commit_seconds_total", .counter, "In their commits, syncs included.", Double(committing) / 1e9)
        page.add("memledger_wal_bytes", .gauge, "Bytes of the write-ahead log.", figures.walBytes)
        page.add("memledger_readers_open", .gauge, "Connections for reading that are open.", figures.openReaders)
        page.add("memledger_readers_busy", .gauge, "Those of them that are reading.", figures.busyReaders)
        page.add(
            "memledger_readers_maximum", .gauge, "Connections for reading that there may be.", figures.maximumReaders)
        page.add("memledger_reads_total", .counter, "Reads of these connections.", figures.reads)
        page.add(
            "memledger_reader_waits_total", .counter, "Reads that waited, because all of them were reading.",
            figures.readerWaits)
        page.add(
            "memledger_reader_wait_seconds_total", .counter, "In these waits.",
            Double(figures.readerWaitNanoseconds) / 1e9)
        page.add(
            "memledger_reader_longest_wait_seconds", .gauge, "The longest of them.",
            Double(figures.longestReaderWaitNanoseconds) / 1e9)
        page.add("memledger_cache_hits", .gauge, "Pages found in the caches of idle readers.", figures.cacheHits)
        page.add("memledger_cache_misses", .gauge, "Pages that these had to read.", figures.cacheMisses)
    }

    /// Of what modules keep in memory of their tables.
    private static func write(_ caches: [String: CacheFigures], into page: inout MetricsPage) {
        let caches = caches.sorted { $0.key < $1.key }
        guard !caches.isEmpty else { return }
        func add(_ name: String, _ kind: MetricsPage.Kind, _ help: String, _ value: (CacheFigures) -> Int64) {
            page.begin(name, kind, help)
            for (module, figures) in caches { page.add(name, [("module", module)], value(figures)) }
        }
        add("memledger_kept_hits_total", .counter, "Answers from what a module keeps in memory.") { $0.hits }
        add("memledger_kept_misses_total", .counter, "Answers for which it read its tables.") { $0.misses }
        add("memledger_kept_entries", .gauge, "What is kept now, for example sessions.") { Int64($0.entries) }
        add("memledger_kept_bytes", .gauge, "What that takes, about.") { Int64($0.bytes) }
        add("memledger_kept_maximum_bytes", .gauge, "What it may take; then what was used longest ago goes.") {
            Int64($0.maximumBytes)
        }
    }

    /// Nil where the operating system does not say it so.
    private static func residentBytes() -> Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
