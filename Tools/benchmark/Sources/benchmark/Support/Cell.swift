/// One row of the table: what is measured, against what, and what is to be reached.
struct Cell: Sendable {
    let name: String
    let title: String
    let target: Target
    let measure: @Sendable (Bench) async throws -> Measurement

    /// All cells, in the order in which they run.
    static let all: [Cell] = [
        .append, .appendHashed, .appendOne, .appendTogether, .addAll, .addAllApart, .get, .countedGet, .getProcess,
        .replayAccesses, .replayMemories, .rebuild,
        .asOfOne, .asOfStore, .asOfAgain, .diff, .snapshotOverhead, .prove, .verify, .verifyMemories,
        .quarantine, .search, .searchNamespace, .searchPast, .searchDeep, .indexAppend, .indexRebuild, .graphHub,
        .components, .bulk,
        .messageAppend, .messagesTogether, .contextAssemble, .recall, .timeline, .timelineCost, .messageSpan,
        .size, .migrate, .growth, .serveGet, .serveAdd, .serveStart, .serveIdle,
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
    /// Ours alone, in milliseconds.
    case millisecondsAtMost(Double)
    /// Nothing; the figure is for information.
    case none

    func isReached(ours: Double, ratio: Double) -> Bool {
        switch self {
        case .ratioAtLeast(let least): ratio >= least
        case .ratioAtMost(let most): ratio <= most
        case .rateAtLeast(let least): ours >= least
        case .millisecondsAtMost(let most): ours <= most
        case .none: true
        }
    }

    var description: String {
        switch self {
        case .ratioAtLeast(let least): "at least \(short(least)) × the floor"
        case .ratioAtMost(let most): "at most \(short(most)) × the floor"
        case .rateAtLeast(let least): "at least \(grouped(least))/s"
        case .millisecondsAtMost(let most): "at most \(short(most)) ms"
        case .none: "none, for information"
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

    private var oursCPU: [Double] = []
    private var floorCPU: [Double] = []

    init(unit: String, floorName: String, notes: [String] = []) {
        self.unit = unit
        self.floorName = floorName
        self.notes = notes
    }

    mutating func add(ours: Double, floor: Double) {
        self.ours.append(ours)
        self.floor.append(floor)
    }

    /// Adds a run that counts how many of something a second.
    mutating func addRates(_ ours: Cost, of count: Int, floor: Cost, of floorCount: Int? = nil) {
        let floorCount = floorCount ?? count
        add(ours: Double(count) / ours.seconds, floor: Double(floorCount) / floor.seconds)
        addCPU(ours, count, floor, floorCount)
    }

    /// Adds a run that measures how many microseconds one of something takes.
    mutating func addTimes(_ ours: Cost, floor: Cost, of count: Int) {
        add(ours: ours.seconds / Double(count) * 1e6, floor: floor.seconds / Double(count) * 1e6)
        addCPU(ours, count, floor, count)
    }

    private mutating func addCPU(_ ours: Cost, _ count: Int, _ floor: Cost, _ floorCount: Int) {
        oursCPU.append(ours.cpuSeconds / Double(count) * 1e6)
        floorCPU.append(floor.cpuSeconds / Double(floorCount) * 1e6)
    }

    /// What the processor did for one of them, which a busy disk does not change.
    var cpuNote: String? {
        guard !oursCPU.isEmpty else { return nil }
        return "processor time for one: ours \(short(median(oursCPU))) µs, the floor \(short(median(floorCPU))) µs"
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

func percentile(_ percent: Int, of values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, sorted.count * percent / 100)]
}
