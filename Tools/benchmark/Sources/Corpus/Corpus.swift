import EventLog
import Foundation
import MemoryLedger

/// Made-up content, the same in every run.
struct Corpus {
    private var random: SeededRandom
    private let ids: any EventIDSource
    private let clock: any TimeSource

    init(seed: UInt64, ids: any EventIDSource = RandomEventIDs(), clock: any TimeSource = SystemTimeSource()) {
        random = SeededRandom(seed: seed)
        self.ids = ids
        self.clock = clock
    }

    mutating func below(_ bound: Int) -> Int { random.below(bound) }

    /// A number below the bound, low ones more often: the k-th with a probability that falls as 1 ÷ k (Zipf's law).
    mutating func zipf(_ bound: Int) -> Int {
        let uniform = Double(random.next() >> 11) / Double(1 << 53)
        return min(bound, Int(pow(Double(bound + 1), uniform))) - 1
    }

    /// Words, short and frequent ones more often.
    mutating func words(_ count: Int) -> String {
        (0..<count).map { _ in
            let rank = min(random.below(Self.vocabulary.count), random.below(Self.vocabulary.count))
            return Self.vocabulary[rank]
        }.joined(separator: " ")
    }

    /// 200 bytes: 100 at random, 100 of text.
    mutating func payload() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(200)
        while bytes.count < 100 { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        bytes.removeLast(bytes.count - 100)
        var text = Array(words(20).utf8)
        while text.count < 100 { text += Array((" " + words(5)).utf8) }
        return bytes + text.prefix(100)
    }

    /// An event with such a payload, or another, and an id of version 7.
    mutating func event() -> NewEvent { event(payload: payload()) }

    func event(payload: [UInt8]) -> NewEvent {
        NewEvent(id: ids.next(at: clock.now()), type: "Measured", payload: payload)
    }

    /// Some 650 bytes: a summary of 8 words, a text of 60, two links.
    mutating func memory(linkingTo keys: [String]) -> MemoryContent {
        MemoryContent(
            domain: Self.vocabulary[random.below(40)], summary: words(8), text: words(60), type: "fact",
            keywords: [words(1), words(1)],
            links: keys.map { key in
                MemoryLink(
                    type: Self.linkTypes[random.below(Self.linkTypes.count)], key: key, term: words(2),
                    weight: Double(random.below(10)) / 10)
            })
    }

    /// The key of the memory with this number.
    static func key(_ number: Int) -> String { "memory-\(number)" }

    private static let linkTypes = ["decision", "constrained", "bug", "design", "assumption", "experiment"]

    private static let vocabulary = """
        the of to and in is that for it as was with be by on not he his but at are this have from which or had one \
        all what about time user memory event agent prefers never always project meeting because decided after before \
        when into over only also their there then than more very where how each other some such release server client \
        database table index query append stream version position commit sync rename delete update access traverse \
        link weight term keyword summary domain namespace answer question context session morning evening green tea \
        coffee window train station letter garden river mountain number second minute hour week month year history \
        reason result change design assumption experiment constraint decision report build test failure latency \
        throughput measure compare remember forget describe explain consider suggest accept refuse postpone deliver \
        organisation responsibility international documentation understanding configuration infrastructure
        """.split(separator: " ").map(String.init)
}
