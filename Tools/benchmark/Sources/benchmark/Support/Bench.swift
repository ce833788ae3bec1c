import CFloor
import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog

/// What every cell needs: where files go, how often to run, and the settings of both sides.
struct Bench: Sendable {
    let folder: WorkFolder
    let runs: Int
    let isQuick: Bool
    let settings = LedgerFileOptions()

    /// A size, and what it is in a quick run.
    func size(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

    func openLog(_ name: String) throws -> SQLiteEventLog {
        try SQLiteEventLog(path: folder.fresh(name), options: settings, clock: SystemTimeSource())
    }

    func openLedger(_ name: String) async throws -> MemoryLedger {
        try await MemoryLedger.open(at: folder.fresh(name), options: MemoryLedgerOptions(file: settings))
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What a body took.
struct Cost: Sendable {
    var seconds = 0.0
    /// Of the processor, by all of this process's threads.
    var cpuSeconds = 0.0

    static func += (left: inout Cost, right: Cost) {
        left.seconds += right.seconds
        left.cpuSeconds += right.cpuSeconds
    }
}

func cost(_ body: () async throws -> Void) async rethrows -> Cost {
    let before = cpuNanoseconds()
    let time = try await ContinuousClock().measure(body)
    return Cost(seconds: time / .seconds(1), cpuSeconds: Double(cpuNanoseconds() - before) / 1e9)
}

func cost(_ body: () throws -> Void) rethrows -> Cost {
    let before = cpuNanoseconds()
    let time = try ContinuousClock().measure(body)
    return Cost(seconds: time / .seconds(1), cpuSeconds: Double(cpuNanoseconds() - before) / 1e9)
}

private func cpuNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// A folder for databases that are made and thrown away.
struct WorkFolder: Sendable {
    let path: String

    /// - Throws: where the folder lies in memory: a sync costs nothing there, and every figure would flatter.
    init(path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard floor_is_in_memory(path) == 0 else {
            throw BenchmarkError("\(path) lies in memory; name a folder on a real disk with --folder.")
        }
    }

    func file(_ name: String) -> String { "\(path)/\(name).sqlite" }

    /// The path of a database that does not exist yet.
    func fresh(_ name: String) -> String {
        let path = file(name)
        let parts = ["-lock", "-views", "-snapshots", "-key", "-key-signed", "-key-lock"]
        for suffix in ["", "-wal", "-shm", "-search", "-search-wal", "-search-shm"] + parts {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
        return path
    }

    func removeContents() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] where name.contains(".sqlite") {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    func remove() {
        removeContents()
        // Where the folder holds anything else it stays.
        _ = rmdir(path)
    }
}
