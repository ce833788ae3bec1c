import EventLog
import SQLiteEventLog

/// Appends several streams' events at a time and reports each append once the log has acknowledged it.
///
/// An append's events carry the correlation id `<writer>-<append>` and the payload `<index>/<count> …`, so that a half
/// of one can be told from the whole. A report line is `<writer>-<append> <position>,<position>,…`.
struct Appender {
    private let log: SQLiteEventLog
    private let report: Report
    private let writer: String
    private let appends: Int
    private let callers: Int
    private let seed: UInt64

    init(_ arguments: Arguments) throws {
        writer = try arguments.text("writer")
        appends = try arguments.number("appends", default: .max)
        callers = try arguments.number("callers", default: 1)
        seed = UInt64(try arguments.number("seed"))
        report = try Report(path: arguments.text("report"))
        log = try arguments.openLog()
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var random = Sequence(seed &+ UInt64(caller))
                    for number in stride(from: caller, to: appends, by: callers) {
                        try await append(number, &random)
                    }
                }
            }
            try await group.waitForAll()
        }
        await log.close()
    }

    private func append(_ number: Int, _ random: inout Sequence) async throws {
        let name = "\(writer)-\(number)"
        let streams = random.below(3) + 1
        let counts = (0..<streams).map { _ in random.below(3) + 1 }
        let total = counts.reduce(0, +)
        var index = 0
        let parts = counts.enumerated().map { part, count in
            let events = (0..<count).map { _ in
                index += 1
                let text = "\(index)/\(total) of \(name) " + String(repeating: "x", count: random.below(600))
                // Any ids that never repeat: these do not ascend across writers.
                let id = EventID(high: random.next() >> 1, low: random.next())
                return NewEvent(
                    id: id, type: "Appended", payload: Array(text.utf8),
                    attribution: Attribution(actor: writer, correlationID: name))
            }
            // Every other append has a stream that all writers share.
            let stream = part == 0 && number % 2 == 0 ? "shared/\(number % 5)" : "\(writer)/\(part)-\(number % 7)"
            return StreamAppend(StreamName(stream), events: events)
        }
        let result = try await log.append(parts)
        report.line(name + " " + result.positions.map(String.init).joined(separator: ","))
    }

    /// Repeatable numbers (SplitMix64).
    struct Sequence {
        private var state: UInt64

        /// Seeds that are neighbours must not give the same numbers a step apart, so the seed is scattered first.
        init(_ seed: UInt64) {
            state = seed
            state = next() ^ seed << 32
        }

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }

        mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    }
}
