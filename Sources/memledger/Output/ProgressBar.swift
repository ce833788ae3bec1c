import EventLog
import MemoryLedger
import Projections
import SQLiteEventLog
import Synchronization

/// A bar on standard error while something takes long; nothing where that is no terminal.
final class ProgressBar: Sendable {
    private struct State {
        var shownAt: ContinuousClock.Instant
        var isShown = false
    }

    private let label: String
    private let unit: String
    private let isActive: Bool
    private let start: ContinuousClock.Instant
    private let state: Mutex<State>

    private static let columns = 24
    private static let interval = Duration.milliseconds(100)

    /// - Parameter unit: What is counted: `events`.
    init(_ label: String, unit: String, isActive: Bool = System.isTerminal(FileWriter.standardError)) {
        self.label = label
        self.unit = unit
        self.isActive = isActive
        start = ContinuousClock().now
        state = Mutex(State(shownAt: start))
    }

    /// Shows how far it is, ten times a second at the most.
    package func update(_ done: Int64, of total: Int64?) {
        guard isActive else { return }
        let now = ContinuousClock().now
        state.withLock { state in
            guard now - state.shownAt >= Self.interval else { return }
            state.shownAt = now
            state.isShown = true
            show(Self.line(label, unit, done, total, seconds: (now - start) / .seconds(1)))
        }
    }

    func update(_ status: RebuildStatus) { update(status.position, of: status.head) }

    /// Takes the bar away.
    func finish() {
        state.withLock { state in
            if state.isShown { show("") }
            state.isShown = false
        }
    }

    static func line(_ label: String, _ unit: String, _ done: Int64, _ total: Int64?, seconds: Double) -> String {
        let rate = seconds > 0 ? Int64(Double(done) / seconds) : 0
        let figures = "\(Figures.grouped(done)) \(unit), \(Figures.grouped(rate))/s"
        guard let total, total > 0 else { return "\(label)  \(figures)" }
        let part = min(1, max(0, Double(done) / Double(total)))
        let filled = Int(part * Double(columns))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: columns - filled)
        let percent = Line.padded(String(Int(part * 100)), to: 3, right: true)
        return "\(label)  \(bar) \(percent) %  \(figures)\(timeLeft(done, total, seconds))"
    }

    /// At the rate so far, in the largest unit that says enough: `, 2 min 5 s left`.
    private static func timeLeft(_ done: Int64, _ total: Int64, _ seconds: Double) -> String {
        guard done > 0, done < total, seconds > 0 else { return "" }
        let left = (Double(total - done) * seconds / Double(done)).rounded(.up)
        guard left < maximumShownSeconds else { return ", days left" }
        let (minutes, rest) = Int64(left).quotientAndRemainder(dividingBy: 60)
        if minutes == 0 { return ", \(rest) s left" }
        let (hours, minutesOfHour) = minutes.quotientAndRemainder(dividingBy: 60)
        return hours == 0 ? ", \(minutes) min \(rest) s left" : ", \(hours) h \(minutesOfHour) min left"
    }

    private static let maximumShownSeconds = 100.0 * 3_600

    private func show(_ line: String) {
        let writer = FileWriter(descriptor: FileWriter.standardError)
        try? writer.write("\r\u{1b}[K" + line)
        try? writer.flush()
    }
}
