import EmbeddedLedger
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import MerkleLog
import SQLiteEventLog

// What the libraries' documentation shows of files and keys. It is compiled, and not run: the paths are a reader's.

enum FileExamples {
    static func opened() async throws {
        let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite")
        let key = MemoryKey(key: "tea")
        try await ledger.add(key, MemoryContent(summary: "Likes green tea"), by: Attribution(actor: "assistant"))
        let memory = try await ledger.get(key)
        await ledger.close()
        _ = memory
    }

    static func openedOnAnyLog() async throws {
        let log = InMemoryEventLog(clock: SystemTimeSource())
        let ledger = try await MemoryLedger.open(on: log, tables: "tables.sqlite")
        await ledger.close()
    }

    static func openedForReading() async throws {
        var file = LedgerFileOptions(access: .readOnly)
        file.busyTimeoutMilliseconds = 1_000
        let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite", options: MemoryLedgerOptions(file: file))
        _ = ledger
    }

    static func encrypted() async throws {
        var options = MemoryLedgerOptions()
        options.file.masterKey = try MasterKey.make(at: "master.key")
        let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite", options: options)
        try await ledger.protect("people", by: Attribution(actor: "admin"))
        let plan = try await ledger.planErasure(.user("ada"))
        print(plan.events, plan.left)
        let receipt = try await ledger.erase(.user("ada"), reason: "asked for", by: Attribution(actor: "admin"))
        print(receipt.positions, receipt.purgeProblem ?? "purged")
    }

    static func signed() async throws {
        var options = MemoryLedgerOptions()
        options.checkpoints = CheckpointOptions(rule: .every(events: 1_000, milliseconds: 60_000))
        let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite", options: options)
        let stored = try await ledger.signCheckpoint()
        print(stored.checkpoint.size, stored.checkpoint.root)
    }

    static func verified(_ bytes: [UInt8], _ text: String) throws {
        let key = try NoteVerifierKey(text)
        let signed = try SignedCheckpoint(bytes)
        let signers = try signed.verify(with: [key])
        print(signed.checkpoint.size, signers)
        for check in ProofCheck.check(bytes, trusting: [key]) { print(check.kind, check.verdict) }
    }

    static func proved(_ ledger: MemoryLedger, _ key: NoteVerifierKey) async throws {
        let evidence = try await ledger.evidence(for: EvidenceSelection(memory: MemoryKey(key: "tea")))
        let file = try evidence.fileBytes()  // one HTML file that a stranger can read and check
        let check = EvidenceCheck(file, trusting: [key])
        print(check.verdict, check.signers)
        let selection = EvidenceSelection(actor: "importer", since: Timestamp(rfc3339: "2026-01-23T00:00:00Z"))
        print(try await ledger.evidence(for: selection).counts)
    }

    static func checked(_ ledger: MemoryLedger, _ file: [UInt8], _ key: NoteVerifierKey) {
        let check = EvidenceCheck(file, trusting: [key], knowing: ledger.events)
        print(check.verdict, check.counts.events, check.uncompared)
    }

    static func backedUp(_ ledger: MemoryLedger) async throws {
        let report = try await ledger.backUp(to: "/mnt/elsewhere/monday.sqlite")
        print(report)
    }

    static func restored() async throws {
        var restore = RestoreOptions()
        restore.isReplacing = true
        let report = try await MemoryLedger.restore("monday.sqlite", to: "memory-ledger.sqlite", restore)
        print(report)
    }

    static func accepted() async throws {
        let report = try await MemoryLedger.acceptLoss(of: "memory-ledger.sqlite")
        print(report)
    }

    static func checkedOut(_ ledger: MemoryLedger) async throws {
        try await ledger.checkout(at: .position(1_000), to: "then.sqlite")
        let report = try await ledger.checkout(in: .keyv, to: "kv.db")
        print(report)
    }

    static func migrated(_ ledger: MemoryLedger) async throws {
        var migration = MigrationOptions()
        migration.isDryRun = true
        let report = try await ledger.migrate(from: "kv.db", options: migration)
        print(report.rows, report.imported, report.duplicates, report.quarantined)
    }

    static func exported(_ ledger: MemoryLedger, _ file: FileHandle) async throws {
        try await ledger.exportEvents { line in try file.write(contentsOf: line) }
    }

    static func logged(_ ledger: MemoryLedger) async throws {
        let log = try SQLiteEventLog(path: "events.sqlite", clock: SystemTimeSource())
        print(try await log.head())
        let report = try await ledger.log.inFile.verify()
        print(report)
    }
}

struct FileBackend: ReopeningBackend {
    func makeLog(_ settings: ConformanceSettings) throws -> SQLiteEventLog {
        let folder = FileManager.default.temporaryDirectory
        return try Self.open(folder.appendingPathComponent(UUID().uuidString).path, settings)
    }

    func close(_ log: SQLiteEventLog) async { await log.close() }

    func reopen(_ log: SQLiteEventLog, _ settings: ConformanceSettings) throws -> SQLiteEventLog {
        try Self.open(log.path, settings)
    }

    private static func open(_ path: String, _ settings: ConformanceSettings) throws -> SQLiteEventLog {
        var options = LedgerFileOptions()
        options.limits = settings.limits
        options.requireActor = settings.requireActor
        return try SQLiteEventLog(path: path, options: options, clock: settings.clock)
    }
}
