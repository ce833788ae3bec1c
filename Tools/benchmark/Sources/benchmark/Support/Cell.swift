/// One row of the table: what is measured, against what, and what is to be reached.
struct Cell: Sendable {
    let name: String
    let title: String
    let target: Target
    let measure: @Sendable (Bench) async throws -> Measurement

    /// All cells, in the order in which they run.
    static let all: [Cell] = [
        .append, .appendOne, .appendTogether, .addAll, .get, .countedGet, .replayAccesses, .replayMemories, .rebuild,
        .size, .migrate, .growth,
    ]
}

/// What a cell is to reach.
enum Target: Sendable {
    /// Ours ÷ floor, of rates.
    case ratioAtLeast(Double)
    /// Ours ÷ floor, of times or sizes.
    case ratioAtMost(Double)
    /// Ours alone, per second.
    case rateAtLeast(Double)

    func isReached(ours: Double, ratio: Double) -> Bool {
        switch self {
        case .ratioAtLeast(let least): ratio >= least
        case .ratioAtMost(let most): ratio <= most
        case .rateAtLeast(let least): ours >= least
        }
    }

    var description: String {
        switch self {
        case .ratioAtLeast(let least): "at least \(short(least)) × the floor"
        case .ratioAtMost(let most): "at most \(short(most)) × the floor"
        case .rateAtLeast(let least): "at least \(grouped(least))/s"
        }
    }
}

/// What the runs of a cell gave.
struct Measurement: Sendable {
    /// What one figure counts: `events/s`, `µs`, `bytes`.
    var unit: String
    /// What the floor is, in a few words.
    var floorName: String
    var ours: [Double] = []
    var floor: [Double] = []
    /// A further condition that the cell must fulfil, such as a bound of memory.
    var alsoReached = true
    /// Settings and figures beside the result, in this order.
    var notes: [String] = []

    mutating func add(ours: Double, floor: Double) {
        self.ours.append(ours)
        self.floor.append(floor)
    }

    /// The median of the runs' ratios: a slow minute hits both sides of a run.
    var ratio: Double { median(zip(ours, floor).map { $0 / $1 }) }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
