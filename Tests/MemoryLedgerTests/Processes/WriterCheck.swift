import EventLog

@testable import MemoryLedger

/// Compares a ledger that `ledger-testbench write` wrote with what its processes were told.
///
/// Invariants: each acknowledged command is there; a memory is under one of its two keys, never both or neither; its
/// links and their ends fit; no update of the hub is lost; no counted read counts twice.
struct WriterCheck {
    private let memories: [MemoryKey: Memory]
    private(set) var problems: [String] = []

    init(_ ledger: MemoryLedger) async throws {
        memories = try await ledger.all().reduce(into: [:]) { $0[$1.id] = $1 }
    }

    private mutating func expect(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { problems.append(problem()) }
    }

    /// Checks what one writer was told. `isKilled`: one command more than those may have been taken.
    mutating func compare(_ lines: [[String]], writer: String, isKilled: Bool) {
        let added = lines.filter { $0[0] == "add" }.count
        let renamed = Set(lines.filter { $0[0] == "rename" }.compactMap { Int($0[2]) })
        let own = memories.values.filter { $0.content.summary == writer }
        expect(
            (added...(added + (isKilled ? 1 : 0))).contains(own.count),
            "\(writer) added \(added) memories, and \(own.count) are there")
        for number in 0..<own.count {
            let old = memories[MemoryKey(key: "\(writer)/\(number)/0")]
            let new = memories[MemoryKey(key: "\(writer)/\(number)/1")]
            expect((old == nil) != (new == nil), "\(writer)/\(number) is under \(old == nil ? "no key" : "both keys")")
            expect(!renamed.contains(number) || new != nil, "\(writer)/\(number) was renamed and is not")
            expect(number % 3 == 0 || new == nil, "\(writer)/\(number) was never renamed")
            if let memory = new ?? old { check(memory, writer, number) }
        }
        for line in lines where line[0] == "hub" {
            let marks = memories["hub"]?.content.keywords.filter { $0 == "\(writer)-\(line[2])" }.count
            expect(marks == 1, "the hub has \(marks ?? -1) marks \(writer)-\(line[2])")
        }
    }

    private mutating func check(_ memory: Memory, _ writer: String, _ number: Int) {
        expect(memory.content.text == "\(number)", "\(memory.id) says \(memory.content.text)")
        let targets = memory.content.links.compactMap(\.key)
        expect(targets.last == "hub" && targets.count == (number == 0 ? 1 : 2), "\(memory.id) links to \(targets)")
        for target in targets {
            expect(memories[MemoryKey(key: target)] != nil, "\(memory.id) links to \(target), which is not there")
        }
        expect(memory.meta.accessCount <= 1, "\(memory.id) was read \(memory.meta.accessCount) times")
    }

    /// Reads of a process that ended well are all counted.
    mutating func compareReads(_ lines: [[String]], writer: String) {
        let reads = lines.filter { $0[0] == "read" }.count
        let counted = memories.values.filter { $0.content.summary == writer }.reduce(0) { $0 + $1.meta.accessCount }
        expect(reads == counted, "\(writer) read \(reads) times, counted are \(counted)")
    }

    /// Every degree is what the links make it.
    mutating func checkDegrees() {
        var degrees: [String: Int] = [:]
        for memory in memories.values {
            for link in memory.content.links { degrees[link.key ?? "", default: 0] += 1 }
        }
        for memory in memories.values {
            expect(memory.meta.inDegree == degrees[memory.key, default: 0], "\(memory.id) has a wrong in_degree")
        }
    }
}
