import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog

/// A cell's outcome as it is printed and written.
struct CellResult: Codable {
    var name: String
    var title: String
    var unit: String
    var ours: Double
    var floor: Double?
    var floorName: String
    var ratio: Double?
    var target: String
    var isReached: Bool
    var oursRuns: [Double]
    var floorRuns: [Double]
    var notes: [String]

    init(_ cell: Cell, _ measurement: Measurement) {
        name = cell.name
        title = cell.title
        unit = measurement.unit
        ours = median(measurement.ours)
        floor = measurement.floor.isEmpty ? nil : median(measurement.floor)
        floorName = measurement.floorName
        ratio = measurement.floor.isEmpty ? nil : measurement.ratio
        target = cell.target.description
        isReached = cell.target.isReached(ours: ours, ratio: ratio ?? .nan) && measurement.alsoReached
        oursRuns = measurement.ours
        floorRuns = measurement.floor
        notes = measurement.notes + [measurement.cpuNote].compactMap { $0 }
    }
}

enum Report {
    static func settings(_ bench: Bench) -> String {
        """
        \(bench.isQuick ? "Quick sizes. " : "")\(bench.runs) runs a cell, ours and the floor in turn, medians. Both sides: \
        WAL, synchronous=FULL unless said otherwise,
        page cache \(bench.settings.writerCacheKibibytes) KiB writing and \(bench.settings.readerCacheKibibytes) KiB \
        reading, no automatic checkpoints, a checkpoint at \(bench.settings.walCheckpointPages) pages of log.
        """
    }

    static func text(_ result: CellResult) -> String {
        var lines = ["", "\(result.name): \(result.title)"]
        lines.append("  ours   \(figure(result.ours, result.unit))   \(spread(result.oursRuns))")
        if let floor = result.floor, let ratio = result.ratio {
            lines.append(
                "  floor  \(figure(floor, result.unit))   \(spread(result.floorRuns))   \(result.floorName)")
            lines.append("  ratio  \(short(ratio))")
        }
        lines.append("  target \(result.target): \(result.isReached ? "reached" : "MISSED")")
        lines += result.notes.map { "  · \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func figure(_ value: Double, _ unit: String) -> String {
        (value >= 100 ? grouped(value) : short(value)) + " " + unit
    }

    private static func spread(_ runs: [Double]) -> String {
        guard runs.count > 1, let least = runs.min(), let most = runs.max() else { return "" }
        return least >= 100 ? "(\(grouped(least)) to \(grouped(most)))" : "(\(short(least)) to \(short(most)))"
    }

    static func json(_ results: [CellResult], _ bench: Bench) throws -> Data {
        struct Document: Codable {
            var quick: Bool
            var runs: Int
            var cells: [CellResult]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(Document(quick: bench.isQuick, runs: bench.runs, cells: results))
    }
}

/// With commas between the thousands.
func grouped(_ value: Double) -> String {
    var digits = Array(String(Int(value.rounded())))
    var place = digits.count - 3
    while place > 0 {
        digits.insert(",", at: place)
        place -= 3
    }
    return String(digits)
}

/// With three digits that mean something.
func short(_ value: Double) -> String {
    String(format: abs(value) >= 10 ? "%.1f" : abs(value) >= 0.1 ? "%.2f" : "%.3f", value)
}

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
