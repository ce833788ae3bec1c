import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: the score is what its formula says, 50 for a new memory, never beyond 0 to 100, and moves one way with each
/// count and time. Method: values by hand, and random statistics of every size.
@Suite struct MemoryScoreTests {
    private static let now = Timestamp(milliseconds: 1_769_177_364_852)
    private static let day: Int64 = 86_400_000

    private static func score(_ change: (inout MemoryMeta) -> Void) -> Double {
        var meta = MemoryMeta(id: "k", at: now)
        change(&meta)
        return MemoryScore(meta, at: now).value
    }

    @Test func aNewMemoryHasFifty() {
        let score = MemoryScore(MemoryMeta(id: "k", at: Self.now), at: Self.now)
        #expect(score.value == 50 && score.points == 50)
        // What is said to come later is now.
        #expect(Self.score { $0.createdAt = Timestamp(milliseconds: .max) } == 50)
    }

    /// By hand: raw = 2.5 + ln 2 with one link, 1.5/e + e^(-1/3) - 0.01 a day later, and so on.
    @Test func valuesByHand() {
        let cases: [(raw: Double, change: (inout MemoryMeta) -> Void)] = [
            (2.5 + log(2), { $0.inDegree = 1 }), (2.5 + 0.8 * log(3), { $0.outDegree = 2 }),
            (2.5 + 1.2 * log(10), { $0.accessCount = 9 }), (2.5 + 0.8 * log(5), { $0.traverseCount = 4 }),
            (1.5 / M_E + 1, { $0.lastAccessedAt = Timestamp(milliseconds: Self.now.milliseconds - Self.day) }),
            (1.5 + 1 / M_E, { $0.lastLinkedAt = Timestamp(milliseconds: Self.now.milliseconds - 3 * Self.day) }),
            (2.5 - 0.3, { $0.createdAt = Timestamp(milliseconds: Self.now.milliseconds - 30 * Self.day) }),
        ]
        for (raw, change) in cases {
            let expected = 100 / (1 + exp(1 - raw / 2.5))
            #expect(abs(Self.score(change) - expected) < 1e-9, "\(raw)")
        }
    }

    private static let seed =
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)

    @Test(arguments: [1, seed]) func itMovesOneWay(seed: UInt64) {
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        func number() -> Int64 {
            let bits = Int.random(in: 0...63, using: &random)
            let value = Int64.random(in: .min ... .max, using: &random) >> Int64(bits)
            return Int.random(in: 0..<20, using: &random) == 0 ? [.min, .max, 0][Int(value.magnitude % 3)] : value
        }
        for _ in 0..<2_000 {
            let now = Timestamp(milliseconds: number())
            let meta = MemoryMeta(
                id: "k", createdAt: Timestamp(milliseconds: number()),
                lastAccessedAt: Timestamp(milliseconds: number()),
                lastLinkedAt: Timestamp(milliseconds: number()), inDegree: Int(number()), outDegree: Int(number()),
                accessCount: Int(number()), traverseCount: Int(number()))
            let score = MemoryScore(meta, at: now)
            #expect((0...100).contains(score.value) && (0...100).contains(score.points), "\(meta) \(now)")
            for path in [\MemoryMeta.inDegree, \.outDegree, \.accessCount, \.traverseCount] {
                var more = meta
                more[keyPath: path] = max(meta[keyPath: path], Int(number()))
                #expect(MemoryScore(more, at: now) >= score, "\(meta) \(more) \(now)")
            }
            for path in [\MemoryMeta.createdAt, \.lastAccessedAt, \.lastLinkedAt] {
                var later = meta
                later[keyPath: path] = max(meta[keyPath: path], Timestamp(milliseconds: number()))
                #expect(MemoryScore(later, at: now) >= score, "\(meta) \(later) \(now)")
            }
            let later = max(now, Timestamp(milliseconds: number()))
            #expect(MemoryScore(meta, at: later) <= score, "\(meta) \(now) \(later)")
        }
    }
}
