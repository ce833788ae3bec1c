import EventLog
import LedgerCapabilities
import MemoryLedger
import Synchronization

extension Workspace {
    /// Where the clock stood at the first event of `filteredLedger`; each later one is a day on.
    static let firstDay = Timestamp(milliseconds: 1_767_225_600_000)

    private final class Days: TimeSource {
        private let time = Mutex(Workspace.firstDay)

        func now() -> Timestamp { time.withLock { $0 } }
        func next() { time.withLock { $0.milliseconds += 86_400_000 } }
    }

    /// Memories that differ by all that they can be filtered by, and all have the word `green`. The last is of another
    /// namespace.
    ///
    /// - Returns: a folder with the ledger in it, by the name that the command takes without being told.
    static func filteredLedger() async throws -> Workspace {
        let workspace = try Workspace()
        let clock = Days()
        var options = MemoryLedgerOptions(clock: clock)
        options.file.durability = .normal
        let ledger = try await MemoryLedger.open(at: workspace.path("memory-ledger.sqlite"), options: options)
        func next<T>(_ body: () async throws -> T) async throws {
            _ = try await body()
            clock.next()
        }
        let web = Provenance(source: .init(.tool, "web:1"), trust: 40)
        let ada = Provenance(source: .init(.user, "ada"), trust: 90)
        // 2026-01-01
        try await next {
            try await ledger.add(
                MemoryKey(key: "a"),
                MemoryContent(domain: "food", summary: "Green tea", type: "fact", keywords: ["k1", "k2"]), from: web)
        }
        // 2026-01-02
        try await next {
            try await ledger.add(
                MemoryKey(key: "b"),
                MemoryContent(
                    domain: "food", summary: "Green", text: "A cup of green tea, which she likes.", type: "note",
                    keywords: ["k2"]), from: ada)
        }
        // 2026-01-03
        try await next {
            try await ledger.add(
                MemoryKey(key: "c"), MemoryContent(domain: "art", summary: "Bottle green", keywords: ["k3"]))
        }
        // 2026-01-04
        try await next {
            try await ledger.add(MemoryKey(namespace: "other", key: "d"), MemoryContent(text: "green"))
        }
        // 2026-01-05
        try await next {
            try await ledger.update(MemoryKey(key: "a"), MemoryChange(text: "Very green.\nAnd hot."))
        }
        // 2026-01-06
        try await next {
            let key = MemoryKey(key: "c")
            guard let memory = try await ledger.get(key) else { return }
            var values = MemoryMetaValues(memory.meta)
            values.status = .cold
            try await ledger.setMeta(key, values)
        }
        // 2026-01-07
        try await next {
            _ = try await ledger.access(MemoryKey(key: "b"))
            try await ledger.flushReads()
        }
        await ledger.close()
        return workspace
    }
}
