import CLedgerShims
import EmbeddedLedger
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Projections
import Testing

@testable import SQLiteEventLog

/// Goal: a ledger that lacks events which were acknowledged says so, keeps what may hold them, and is not written until
/// somebody has decided. Then it goes on.
/// Method: the files are copied beside a writer, as a crash leaves them, and one bit of the write-ahead log is flipped.
@Suite struct LossTests {
    /// In the file, whatever becomes of the write-ahead log.
    private static let kept: Position = 2
    private static let acknowledged: Position = 8

    /// A ledger whose log was damaged, with a key and checkpoints of `kept` and `acknowledged` events.
    private struct Damaged {
        var signing: SigningFile
        var path: String
        var checkpoints: [CheckpointToVerify]

        func open(_ access: LedgerFileOptions.Access = .readWrite) throws -> SQLiteEventLog {
            var options = LedgerFileOptions.synced()
            options.access = access
            return try SQLiteEventLog(path: path, options: options, clock: signing.file.clock)
        }

        func accept() async throws -> LossReport {
            try await SQLiteEventLog.acceptLoss(
                of: path, by: Attribution(actor: "auditor"), file: .synced(), clock: signing.file.clock,
                ids: RandomEventIDs.seeded(3))
        }
    }

    /// - Parameter place: of the flipped bit, as a share of the write-ahead log.
    private func damaged(at place: Double = 0.5, keeping kept: Position = Self.kept) async throws -> Damaged {
        let signing = try SigningFile()
        let log = try signing.open(.synced())
        try log.makeSigningKey(in: signing.keyFile)
        var checkpoints: [CheckpointToVerify] = []
        if kept > 0 {
            try await signing.grow(log, by: Int(kept))
            checkpoints.append(.init(try await log.signCheckpoint(with: signing.keyFile).signed, name: "early"))
            try log.file.truncateWAL()
        }
        for _ in kept..<Self.acknowledged { try await signing.grow(log, by: 1) }
        checkpoints.append(.init(try await log.signCheckpoint(with: signing.keyFile).signed, name: "late"))
        let path = signing.file.folder.path("crashed.sqlite")
        for suffix in ["", "-wal", "-head"] {
            try FileManager.default.copyItem(atPath: signing.file.path + suffix, toPath: path + suffix)
        }
        await log.close()
        chmod(path, 0o640)
        var wal = try Data(contentsOf: URL(filePath: path + "-wal"))
        wal[Int(Double(wal.count) * place)] ^= 1
        try wal.write(to: URL(filePath: path + "-wal"))
        return Damaged(signing: signing, path: path, checkpoints: checkpoints)
    }

    // MARK: Of a former format

    /// Nothing is written before; then by the program that accepts it, and by one that had the ledger open.
    @Test func aLedgerOfAFormerFormatIsUpgradedWhenItsLossIsAccepted() async throws {
        let damaged = try await damaged()
        try StreamsUpgradeTests.makeFormer(damaged.path)
        let server = try damaged.open()
        #expect(server.lostHead != nil)
        let raw = try RawSQLite(damaged.path)
        #expect(try raw.sqlite.integer("PRAGMA user_version") == 3)
        _ = try await damaged.accept()
        #expect(try raw.sqlite.integer("PRAGMA user_version") == LedgerFile.formatVersion)
        let event = damaged.signing.file.event([1])
        _ = try await server.append(to: "s", [event])
        try await SegmentTests.index(server, damaged.signing.file.clock)
        let report = try await server.verify(deep: true)
        #expect(report.isClean, "\(report.damages)")
        await server.close()
    }

    // MARK: What is lost

    @Test(arguments: [LedgerFileOptions.Access.readOnly, .readWrite, .create])
    func aFlippedBitIsNoticedAndNothingIsWritten(access: LedgerFileOptions.Access) async throws {
        let damaged = try await damaged()
        let wal = try Data(contentsOf: URL(filePath: damaged.path + "-wal"))
        let log = try damaged.open(access)
        let lost = try #require(log.lostHead)
        #expect(lost.position == Self.acknowledged && lost.found < lost.position && lost.found >= Self.kept)
        #expect(try await log.head() == lost.found)
        #expect(try await log.read(EventQuery()).events.count == Int(lost.found))

        let copy = try #require(lost.writeAheadLogCopy)
        #expect(copy.hasPrefix(damaged.path + "-wal-lost-"))
        #expect(try Data(contentsOf: URL(filePath: copy)) == wal)
        #expect(SigningFile.mode(copy) == 0o640)
        #expect(lost.warning.contains(copy) && lost.warning.contains("--accept-loss"))

        let verification = try await log.verify(against: damaged.checkpoints)
        let finding = try #require(verification.damages.first { $0.kind == .lostHead })
        #expect(finding.position == lost.found + 1 && finding.lastPosition == Self.acknowledged)
        #expect(!verification.damages.contains { $0.what.contains("early") })

        if access != .readOnly {
            let refused: [() async throws -> Void] = [
                { _ = try await log.append(to: "s", damaged.signing.file.events(1)) },
                { _ = try await log.addDictionary([UInt8](repeating: 7, count: 60_000)) },
                { _ = try await log.signCheckpoint(with: damaged.signing.keyFile) },
                {
                    _ = try await log.rotateSigningKey(
                        in: damaged.signing.keyFile, id: damaged.signing.file.event([]).id)
                },
                {
                    _ = try await log.adoptSigningKey(
                        in: damaged.signing.keyFile, id: damaged.signing.file.event([]).id)
                },
            ]
            for refusal in refused { await expectError(.lostHead) { try await refusal() } }
        }
        await log.close()
        #expect(try Data(contentsOf: URL(filePath: damaged.path + "-wal")) == wal)
    }

    @Test func aDamagedFirstFrameDoesNotMakeAnotherLedger() async throws {
        let damaged = try await damaged(at: 0.001, keeping: 0)
        let wal = try Data(contentsOf: URL(filePath: damaged.path + "-wal"))
        for access in [LedgerFileOptions.Access.readOnly, .readWrite, .create] {
            let error = await expectError(.lostHead) { _ = try damaged.open(access) }
            #expect(error?.position == Self.acknowledged)
        }
        #expect(try Data(contentsOf: URL(filePath: damaged.path + "-wal")) == wal)
        let names = try FileManager.default.contentsOfDirectory(atPath: damaged.signing.file.folder.url.path)
        #expect(names.count { $0.hasPrefix("crashed.sqlite-wal-lost-") } == 1)
    }

    @Test func aFileCutToNothingDoesNotMakeAnotherLedger() async throws {
        let damaged = try await damaged(keeping: 0)
        try Data().write(to: URL(filePath: damaged.path))
        for access in [LedgerFileOptions.Access.readOnly, .readWrite, .create] {
            let error = await expectError(.lostHead) { _ = try damaged.open(access) }
            #expect(error?.position == Self.acknowledged)
        }
        #expect(LedgerPlaces.hasContent(damaged.path + "-wal"))
        let names = try FileManager.default.contentsOfDirectory(atPath: damaged.signing.file.folder.url.path)
        #expect(names.count { $0.hasPrefix("crashed.sqlite-wal-lost-") } == 1)
    }

    @Test func otherEventsThanWereAcknowledgedAreALoss() async throws {
        let (file, other) = (try LogFile(), try LogFile())
        let log = try file.open(.synced())
        _ = try await log.append(to: "s", file.events(3))
        try await log.closeAndCopy(to: other.path)
        for (name, count) in [(file, 2), (other, 4)] {
            let log = try name.open(.synced())
            _ = try await log.append(to: "s", [file.event([UInt8(count)])] + file.events(count))
            await log.close()
        }
        // Longer, and another one.
        try FileManager.default.removeItem(atPath: file.path)
        try FileManager.default.copyItem(atPath: other.path, toPath: file.path)
        let replaced = try file.open(.test(.readOnly))
        let lost = try #require(replaced.lostHead)
        #expect(lost.position == 6 && lost.found == 8 && lost.what.contains("first 6 events"))
        await replaced.close()
    }

    @Test func aLogThatIsCutUnderAWriterIsALoss() async throws {
        let file = try LogFile()
        let log = try file.open(.synced())
        // More than the event that begins an epoch makes up for.
        for _ in 0..<5 { _ = try await log.append(to: "s", file.events(1)) }
        try RawSQLite.damage(
            file.path, "DELETE FROM events WHERE position > 2", "DELETE FROM tree_tail WHERE first_position > 2")
        let error = await expectError(.lostHead) { _ = try await log.append(to: "s", file.events(1)) }
        #expect(error?.position == 5)
        #expect(log.lostHead?.found == 2 && log.lostHead?.writeAheadLogCopy != nil)
        await expectError(.lostHead) { _ = try await log.append(to: "s", file.events(1)) }

        // Somebody else decides, and it goes on.
        let report = try await SQLiteEventLog.acceptLoss(
            of: file.path, by: Attribution(), file: .synced(), clock: file.clock, ids: RandomEventIDs.seeded(3))
        #expect(report.position == 3)
        #expect(try await log.append(to: "s", file.events(1)).positions == [4])
        #expect(log.lostHead == nil)
        await log.close()
    }

    @Test func anotherLedgersHeadSaysNothing() async throws {
        let (file, other) = (try LogFile(), try LogFile())
        for (name, count) in [(file, 3), (other, 9)] {
            let log = try name.open(.synced())
            _ = try await log.append(to: "s", name.events(count))
            await log.close()
        }
        try FileManager.default.removeItem(atPath: HeadFile.path(of: file.path))
        try FileManager.default.copyItem(atPath: HeadFile.path(of: other.path), toPath: HeadFile.path(of: file.path))
        let log = try file.open(.synced())
        #expect(log.lostHead == nil)
        _ = try await log.append(to: "s", file.events(1))
        await log.close()
        #expect(HeadFile.read(of: file.path).contains { $0.position == 4 })
        // Nor does one of a later epoch than this ledger has come to.
        let ledger = try #require(LedgerID(bytes: [UInt8](repeating: 7, count: LedgerID.byteCount)))
        let origin = try #require(LedgerOrigin(ledger: ledger, epoch: 3, epochID: "00ab09cdef123456"))
        let head = AcknowledgedHead(ledger: ledger, origin: origin, position: 9, root: .leaf([1]))
        try Data(head.bytes).write(to: URL(filePath: HeadFile.path(of: file.path)))
        let again = try file.open(.synced())
        #expect(again.lostHead == nil)
        await again.close()
    }

    // MARK: What may hold it

    /// Makes it impossible to keep a copy of the write-ahead log: a folder has its name.
    private func block(_ damaged: Damaged) throws -> String {
        let lost = try #require(damaged.checkpoints.last?.checkpoint.checkpoint)
        let copy = "\(damaged.path)-wal-lost-\(lost.size)-\(lost.root.description.prefix(8))"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
        return copy
    }

    @Test(arguments: ["as it is", "cut to nothing", "gone"])
    func nothingIsWrittenOverALogThatCannotBeKept(file state: String) async throws {
        let damaged = try await damaged(keeping: 0)
        let backup = damaged.signing.file.folder.path("backup.sqlite")
        let whole = try damaged.signing.open(.synced())
        _ = try await ProjectionStore(log: whole, projectors: []).backUp(
            whole, to: backup, replacing: false, madeBy: "test")
        await whole.close()
        let obstacle = try block(damaged)
        if state == "cut to nothing" { try Data().write(to: URL(filePath: damaged.path)) }
        if state == "gone" { try FileManager.default.removeItem(atPath: damaged.path) }
        let before = [damaged.path, damaged.path + "-wal"].map { try? Data(contentsOf: URL(filePath: $0)) }
        func restore() async throws {
            var options = RestoreOptions()
            options.isReplacing = true
            _ = try await SQLiteEventLog.restore(
                backup, to: damaged.path, options, clock: damaged.signing.file.clock, ids: RandomEventIDs.seeded(4))
        }
        let error = await expectError(.storage) { try await restore() }
        #expect(error?.message.contains("cannot be kept") == true)
        if state == "as it is" { await expectError(.storage) { _ = try await damaged.accept() } }
        #expect([damaged.path, damaged.path + "-wal"].map { try? Data(contentsOf: URL(filePath: $0)) } == before)

        try FileManager.default.removeItem(atPath: obstacle)
        try await restore()
        let names = try FileManager.default.contentsOfDirectory(atPath: damaged.signing.file.folder.url.path)
        let kept = names.filter { $0.hasPrefix("crashed.sqlite-wal-lost-") }.map {
            damaged.signing.file.folder.path($0)
        }
        #expect(kept.count == 1)
        #expect(try kept.first.map { try Data(contentsOf: URL(filePath: $0)) } == before[1])
    }

    // MARK: Going on

    @Test func anAcceptedLossBeginsAnEpochThatNamesIt() async throws {
        let damaged = try await damaged()
        // It has it open for writing, and goes on after the loss was accepted elsewhere.
        let waiting = try damaged.open()
        let report = try await damaged.accept()
        #expect(report.lost.position == Self.acknowledged && report.size == report.lost.found)
        #expect(report.origin.epoch == 2 && report.position == report.size + 1)
        _ = try await waiting.append(to: "s", damaged.signing.file.events(1))
        #expect(waiting.lostHead == nil)
        await waiting.close()

        let log = try damaged.open()
        #expect(log.lostHead == nil)
        let event = try #require(try await log.readStream(LedgerEvent.Stream.epochs).events.last)
        guard case .epochStarted(let start)? = try LedgerEvent.decode(event) else {
            Issue.record("the epoch's event cannot be read")
            return
        }
        let late = damaged.checkpoints[1].checkpoint.checkpoint
        #expect(start.replaced?.size == Self.acknowledged && start.replaced?.root == late.root)
        #expect(start.replaced?.origin == late.origin && start.restoredSize == report.size)
        #expect(event.attribution.actor == "auditor")

        let signed = try await log.signCheckpoint(with: damaged.signing.keyFile)
        #expect(signed.checkpoint.origin == report.origin.text)
        #expect(try await log.verify(against: [damaged.checkpoints[0]], deep: true).isClean)
        let found = try await log.verify(against: damaged.checkpoints).damages
        #expect(found.map(\.kind) == [.lostByRestore])
        await log.close()
        await expectError(.nothingLost) { _ = try await damaged.accept() }
        #expect(FileManager.default.fileExists(atPath: try #require(report.lost.writeAheadLogCopy)))
    }

    @Test func aRestoredBackupNamesWhatWasLost() async throws {
        let damaged = try await damaged()
        let log = try damaged.open(.readOnly)
        let backup = damaged.signing.file.folder.path("backup.sqlite")
        _ = try await ProjectionStore(log: log, projectors: []).backUp(
            log, to: backup, replacing: false, madeBy: "test")
        await log.close()
        var options = RestoreOptions()
        options.isReplacing = true
        let report = try await SQLiteEventLog.restore(
            backup, to: damaged.path, options, clock: damaged.signing.file.clock, ids: RandomEventIDs.seeded(4))
        let restored = try damaged.open()
        #expect(restored.lostHead == nil)
        let event = try #require(try await restored.readStream(LedgerEvent.Stream.epochs).events.last)
        guard case .epochStarted(let start)? = try LedgerEvent.decode(event) else {
            Issue.record("the epoch's event cannot be read")
            return
        }
        #expect(start.replaced?.size == Self.acknowledged)
        _ = try await restored.append(to: "s", damaged.signing.file.events(1))
        await restored.close()
        // The former ledger keeps its head, and is as it was.
        let former = try SQLiteEventLog(
            path: try #require(report.formerLedger), options: .test(.readOnly), clock: damaged.signing.file.clock)
        #expect(former.lostHead?.position == Self.acknowledged)
        await former.close()
    }
}

extension SQLiteEventLog {
    fileprivate func closeAndCopy(to path: String) async throws {
        await close()
        try FileManager.default.copyItem(atPath: self.path, toPath: path)
    }
}
