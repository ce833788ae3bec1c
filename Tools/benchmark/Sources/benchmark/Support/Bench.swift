import CFloor
import EventLog
import Foundation
import MemoryLedger

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

/// The seconds that the body takes.
func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let duration = try await ContinuousClock().measure(body)
    return duration.seconds
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body).seconds
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
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
        for suffix in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: path + suffix) }
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
