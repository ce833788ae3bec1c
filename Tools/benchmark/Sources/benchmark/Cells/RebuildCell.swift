import EventLog
import Foundation
import MemoryLedger
import Projections
import SQLiteEventLog

extension Cell {
    static let rebuild = Cell(
        name: "rebuild", title: "rebuild all projections from 1,000,000 mixed events, within 300 MB",
        target: .rateAtLeast(500_000)
    ) { bench in
        var measurement = Measurement(
            unit: "events/s", floorName: "",
            notes: ["of 100 operations 20 add, 10 update, 60 access, 5 traverse, 5 rename, link or delete"])
        var memory: [Double] = []
        var cpu: [Double] = []
        let path = try await MixedLedger.make(bench, operations: bench.size(1_000_000, quick: 50_000))
        for _ in 0..<bench.runs {
            let answer = try RebuildChild.start(path: path)
            measurement.ours.append(answer.events / answer.seconds)
            memory.append(answer.peakMegabytes)
            cpu.append(answer.cpuSeconds / answer.events * 1e6)
        }
        let peak = median(memory)
        measurement.alsoReached = peak < 300
        measurement.notes.append("processor time for one, on all cores: \(short(median(cpu))) µs")
        measurement.notes.append("peak memory of the process that rebuilds: \(short(peak)) MB")
        return measurement
    }
}

/// A process that only rebuilds, so that its peak memory is the rebuild's.
enum RebuildChild {
    struct Answer: Codable {
        var events: Double
        var seconds: Double
        var cpuSeconds: Double
        var peakMegabytes: Double
    }

    /// What the child does: rebuilds the ledger at the path and prints an answer.
    static func run(path: String) async throws {
        let ledger = try await MemoryLedger.open(at: path)
        var events: Int64 = 0
        let cost = try await cost { events = try await ledger.rebuild().events }
        let answer = Answer(
            events: Double(events), seconds: cost.seconds, cpuSeconds: cost.cpuSeconds,
            peakMegabytes: try peakMegabytes())
        await ledger.close()
        print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
    }

    static func start(path: String) throws -> Answer {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = ["--rebuild-child", path]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Answer.self, from: data)
    }

    private static func peakMegabytes() throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        guard let kibibytes else { throw BenchmarkError("/proc/self/status does not tell the peak memory.") }
        return kibibytes * 1_024 / 1e6
    }
}
