import FaultLaboratory
import Foundation
import Testing

/// A folder with a ledger, on which the command runs.
struct LedgerCopy {
    struct Event: Equatable {
        var stream: String
        var type: String
        /// The whole line of the export: ids, times, payload.
        var line: String
    }

    let folder: ScratchFolder

    /// Words with a `/` in front are files of the folder, as the shell of a user in it would have them.
    func run(
        _ arguments: [String], ledger: String = BaseLedger.ledger, under faults: FaultInjection? = nil
    ) async throws -> TestChild.End {
        var environment = faults?.environment ?? [:]
        environment["MEMLEDGER_FILE"] = folder.path(ledger)
        environment["MEMLEDGER_MASTER_KEY_FILE"] = folder.path(BaseLedger.masterKey)
        environment["NO_COLOR"] = "1"
        let words = arguments.map { $0.hasPrefix("/") ? $0 : $0.replacing("FOLDER/", with: folder.path + "/") }
        return try await TestChild(BuiltExecutable.path("memledger"), words, environment: environment).wait()
    }

    @discardableResult
    func succeed(_ arguments: String...) async throws -> TestChild.End {
        let end = try await run(arguments)
        try #require(end.status == 0, "\(arguments): \(end.error)")
        return end
    }

    /// All events, as a fresh process exports them.
    func events(ledger: String = BaseLedger.ledger) async throws -> [Event] {
        let end = try await run(["export"], ledger: ledger)
        guard end.status == 0 else { throw Unreadable(reason: end.error) }
        return try end.output.split(separator: "\n").compactMap { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard let stream = object?["stream"] as? String, let type = object?["type"] as? String else { return nil }
            return Event(stream: stream, type: type, line: String(line))
        }
    }

    struct Unreadable: Error { var reason: String }

    /// Without the shared memory the next process recovers from the write-ahead log, as after a crash.
    func forgetSharedMemory() throws {
        for name in try folder.names() where name.hasSuffix("-shm") {
            try FileManager.default.removeItem(atPath: folder.path(name))
        }
    }

    /// The names of all files below the folder, with each run of digits as `0`: times and process ids differ.
    func names() throws -> [String] {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        // A former ledger of the same second gets a number behind its time.
        return all.map { $0.replacing(/\d+/, with: "0").replacing("Z-0", with: "Z") }.sorted()
    }

    /// The files that hold a text anywhere in their bytes.
    func files(holding text: String, except: Set<String>) throws -> [String] {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return all.filter { name in
            let bytes = FileManager.default.contents(atPath: folder.path(name)) ?? Data()
            return !except.contains(name) && bytes.range(of: Data(text.utf8)) != nil
        }
    }
}
