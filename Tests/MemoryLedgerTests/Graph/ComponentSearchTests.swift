import EventLog
import GRDBSQLite
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: components are found whatever of the work tables is in memory, and by who still waits for them. Method: sets
/// of memories of every shape, in a page cache of two pages and in the standard one; SQLite tells what it wrote.
@Suite struct ComponentSearchTests {
    private static let namespace = "mem"

    /// Memories of a namespace with links that point either way, and the components that these make.
    private struct Shapes {
        var links: [String: [String]] = [:]
        var sets: [[String]] = []
        var random = SeededGenerator(seed: 5)
        /// Numbers of keys that are not taken yet.
        private var numbers: [Int] = []

        init() {
            numbers = (0..<3_000).shuffled(using: &random)
            add(1_200) { $0 - 1 }
            for _ in 0..<4 { add(150) { _ in 0 } }
            // A tree of which every link points at half the number.
            add(300) { ($0 - 1) / 2 }
            for _ in 0..<150 { add(2) { _ in 0 } }
            for _ in 0..<100 { add(1) { _ in 0 } }
            sets.sort { $0.count != $1.count ? $0.count > $1.count : $0[0].precedesByBytes($1[0]) }
        }

        private mutating func add(_ size: Int, _ joined: (Int) -> Int) {
            let keys = (0..<size).map { _ in "k\(numbers.removeLast())" }
            for key in keys { links[key] = [] }
            for place in 1..<max(size, 1) {
                let ends = [keys[place], keys[joined(place)]].shuffled(using: &random)
                links[ends[0], default: []].append(ends[1])
            }
            sets.append(keys.sorted { $0.precedesByBytes($1) })
        }
    }

    private static func add(_ shapes: Shapes, to ledger: MemoryLedger) async throws {
        let memories = shapes.links.sorted { $0.key < $1.key }.map { key, targets in
            let links = targets.map { MemoryLink(type: "t", key: $0, term: "") }
            return (MemoryKey(namespace: namespace, key: key), MemoryContent(summary: key, links: links))
        }
        for first in stride(from: 0, to: memories.count, by: 500) {
            try await ledger.addAll(Array(memories[first..<min(first + 500, memories.count)]))
        }
    }

    private static func pagesWritten(_ sqlite: SQLiteConnection) -> Int {
        var (now, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(sqlite.handle, SQLITE_DBSTATUS_CACHE_WRITE, &now, &highest, 0)
        return Int(now)
    }

    @Test func theyAreTheSameWhateverIsInMemory() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let shapes = Shapes()
        try await Self.add(shapes, to: ledger)
        let named = shapes.sets.map {
            ComponentPage.Component(size: $0.count, keys: Array($0.prefix(GraphLimits.componentKeys)))
        }
        for cache in [32, GraphLimits.componentCacheKibibytes] {
            try await ledger.linkTables(Self.namespace) { tables in
                var found: [ComponentPage.Component] = []
                var after: (Int64, String)?
                repeat {
                    let page = try ComponentSearch.run(
                        tables, LinkFilter(), beside: test.path, cacheKibibytes: cache
                    ) { search in
                        let page = try search.page(leastSize: 1, limit: 100, after: after)
                        let isAllInMemory = cache == GraphLimits.componentCacheKibibytes
                        #expect((Self.pagesWritten(search.work) == 0) == isAllInMemory)
                        return page
                    }
                    #expect(page.total == named.count)
                    found += page.components
                    after = page.components.last.map { (Int64($0.size), $0.keys[0]) }
                    #expect((page.next == nil) == (found.count == named.count))
                    if page.next == nil { after = nil }
                } while after != nil
                #expect(found == named)
            }
        }
        await ledger.close()
    }

    /// Cursors come from outside.
    @Test(arguments: [(Int64.min, 0), (-1, 0), (0, 0), (1, 1), (2, 2), (3, 3), (Int64.max, 3)])
    func anySizeMayStandInACursor(size: Int64, left: Int) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for size in 1...3 {
            for place in 0..<size {
                let links = [MemoryLink(type: "t", key: "\(size)-0", term: "")]
                try await ledger.add(MemoryKey(key: "\(size)-\(place)"), MemoryContent(links: links))
            }
        }
        // Before all keys, so that those of the size are still to come.
        let cursor = GraphCursor.text(JSONValue(size), .string(""))
        let page = try await ledger.components(leastSize: 1, after: cursor)
        #expect(page.components.count == left && page.total == 3)
        await ledger.close()
    }

    @Test func whoIsCancelledWaitsNoLonger() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await ledger.components()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        await ledger.close()
    }
}
