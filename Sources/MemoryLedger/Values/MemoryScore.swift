public import EventLog
import Foundation

/// How much a memory matters at a moment, from its statistics alone: 0 to 100, and a memory that was made just now, was
/// never read and has no links has 50. It is derived whenever it is asked for, and never stored.
///
///     let score = MemoryScore(memory.meta, at: now).value
///
/// It is `100 / (1 + exp(1 - raw / 2.5))`, with the weights and times of kv-memory's design document:
/// - `raw = 1.0 ln(1 + in_degree) + 0.8 ln(1 + out_degree) + 1.2 ln(1 + access_count) + 0.8 ln(1 + traverse_count)`
/// - `+ 1.5 exp(-accessed / 24 h) + 1.0 exp(-linked / 72 h) - 0.3 created / 30 d`
///
/// `accessed`, `linked` and `created` are how long that was ago, 0 at least. A new memory has 2.5, which is the middle.
public struct MemoryScore: Hashable, Comparable, Sendable {
    /// From 0 to 100.
    public let value: Double

    private static let ofNew = 2.5
    private static let hour = 3_600_000.0

    /// - Parameter now: milliseconds since 1970. What is said to have happened later happened now.
    public init(_ meta: MemoryMeta, at now: Timestamp) {
        func age(_ time: Timestamp) -> Double {
            // As doubles, so that no two times are too far apart.
            max(0, Double(now.milliseconds) - Double(time.milliseconds)) / Self.hour
        }
        func growth(_ count: Int) -> Double { log1p(Double(max(0, count))) }
        let links = growth(meta.inDegree) + 0.8 * growth(meta.outDegree)
        let reads = 1.2 * growth(meta.accessCount) + 0.8 * growth(meta.traverseCount)
        let freshness = 1.5 * exp(-age(meta.lastAccessedAt) / 24) + exp(-age(meta.lastLinkedAt) / 72)
        let raw = links + reads + freshness - 0.3 * age(meta.createdAt) / (30 * 24)
        value = 100 / (1 + exp(1 - raw / Self.ofNew))
    }

    /// In whole points, as what is sorted by it wants it: so the order of what was written in the same minutes does not
    /// change from one moment to the next.
    public var points: Int { Int(value.rounded()) }

    /// What stands for the score of what there is not.
    package static let unknownPoints = 50

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
