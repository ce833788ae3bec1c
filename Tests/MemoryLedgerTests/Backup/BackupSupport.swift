import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

extension BackupInfo {
    /// As `MemoryLedger.digest` has them, which leaves out what has no past.
    var digestsWithPast: [String: String] { digests.filter { $0.key != "access_tokens" } }
}

extension TestLedger {
    var backup: String { folder.file("backup.sqlite") }

    /// What a restored or copied ledger at a path holds.
    static func digest(at path: String, clock: FixedClock) async throws -> LedgerDigest {
        var options = MemoryLedgerOptions(clock: clock)
        options.file.access = .readOnly
        let ledger = try await MemoryLedger.open(at: path, options: options)
        let digest = try await ledger.digest()
        await ledger.close()
        return digest
    }

    /// How a ledger is restored in these tests: with the fixed clock.
    var restoring: MemoryLedgerOptions {
        var options = MemoryLedgerOptions(clock: clock)
        options.file.busyTimeoutMilliseconds = 200
        return options
    }

    @discardableResult
    func restore(
        from backup: String? = nil, to path: String? = nil, _ change: (inout RestoreOptions) -> Void = { _ in }
    ) async throws -> RestoreReport {
        var options = RestoreOptions()
        options.isReplacing = true
        change(&options)
        return try await MemoryLedger.restore(
            backup ?? self.backup, to: path ?? self.path, options, options: restoring)
    }

    /// The names of the folder's files that begin so, hidden ones too.
    func names(_ prefixes: String...) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { name in prefixes.contains { name.hasPrefix($0) } }.sorted()
    }

    /// Every checkpoint that stands in a table of any database in the folder, or in a report's line.
    func everyCheckpoint() throws -> [SignedCheckpoint] {
        var found: [SignedCheckpoint] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let path = folder.file(name)
            if name.hasPrefix("notes") {
                for line in reportLines(path) {
                    found.append(try SignedCheckpoint(#require(Data(base64Encoded: line[0]))))
                }
            } else if name.hasSuffix(".checkpoint") {
                found.append(try SignedCheckpoint(Data(contentsOf: URL(filePath: path))))
            } else if name.contains(".sqlite"), !name.contains("-") || name.contains("before-restore") {
                guard let database = try? TestDatabase(path),
                    let rows = try? database.connection.statement("SELECT note FROM checkpoints")
                else { continue }
                while try rows.step() { found.append(try SignedCheckpoint(Array(rows.text(0).utf8))) }
                rows.reset()
            }
        }
        return found
    }
}
