import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: what is signed is what the log holds, and never contradicts what was signed before.
/// Method: roots are compared with the recursive definition over the events that reads answer; the ledger's file is
/// rolled back and tampered with between two signings.
@Suite struct SigningTests {
    @Test func aCheckpointSaysWhatTheLogHolds() async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 0)
        let log = try signing.open()
        let empty = try await log.signCheckpoint(with: signing.keyFile)
        #expect(empty.checkpoint.size == 0 && empty.checkpoint.root == .emptyRoot)
        try await signing.grow(log, by: 300)
        let stored = try await log.signCheckpoint(with: signing.keyFile)
        #expect(stored.checkpoint.origin == "memory-ledger/\(try log.ledgerID)" && stored.checkpoint.origin == key.name)
        #expect(stored.checkpoint.size == 300)
        let tree = try await SigningFile.tree(log)
        #expect(stored.checkpoint.root == tree.root(at: 300))
        #expect(try stored.signed.verify(with: [key]) == [key])
        // The same again is the same note, and no new row.
        let again = try await log.signCheckpoint(with: signing.keyFile)
        #expect(again == stored)
        #expect(try log.checkpoints() == [stored, empty])
        await expectError(.invalidArgument) { _ = try log.checkpoints(limit: 0) }
        await log.close()
        await expectError(.readOnly) {
            _ = try await signing.open(.test(.readOnly)).signCheckpoint(with: signing.keyFile)
        }
    }

    @Test func aLogInMemoryIsNotSigned() async throws {
        let signing = try SigningFile()
        let log = try SQLiteEventLog.inMemory(clock: FixedClock())
        try log.makeSigningKey(in: signing.keyFile)
        await expectError(.invalidArgument) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        await log.close()
    }

    /// Whatever the copy went on with: more events, fewer, or none.
    @Test(arguments: [0, 5, 10, 20])
    func aLedgerThatWasRolledBackIsNotSigned(events: Int) async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 7)
        let copy = try signing.copyLedger(to: "older.sqlite")
        var log = try signing.open()
        try await signing.grow(log, by: 10)
        let signed = try await log.signCheckpoint(with: signing.keyFile)
        await log.close()

        try signing.bringBack(copy)
        log = try signing.open()
        try await signing.grow(log, by: events)
        let error = await expectError(.inconsistentWithSigned, "\(events)") {
            _ = try await log.signCheckpoint(with: signing.keyFile)
        }
        #expect(error?.message.contains("memledger restore") == true)
        #expect(try log.checkpoints().isEmpty)
        await expectError(.rootMismatch) { _ = try log.prove(7, in: signed.signed) }
        await log.close()
    }

    /// The same file, brought back, is signed again.
    @Test func theRightFileIsSignedAgain() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 7)
        var log = try signing.open()
        _ = try await log.signCheckpoint(with: signing.keyFile)
        await log.close()
        let copy = try signing.copyLedger(to: "same.sqlite")
        try signing.bringBack(copy)
        log = try signing.open()
        try await signing.grow(log, by: 1)
        #expect(try await log.signCheckpoint(with: signing.keyFile).checkpoint.size == 8)
        await log.close()
    }

    /// A leaf that was tampered with is in no later root, and proves nothing; an inner node is.
    @Test(arguments: ["hashes", "root"])
    func aTamperedTreeIsNotSigned(column: String) async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 600)
        var log = try signing.open()
        let before = try await log.signCheckpoint(with: signing.keyFile)
        await log.close()
        try RawSQLite.run(
            signing.file.path, "DROP TRIGGER tree_tiles_are_never_updated",
            "UPDATE tree_tiles SET \(column) = zeroblob(32) || substr(\(column), 33) WHERE level = 0 AND number = 0")
        log = try signing.open()
        try await signing.grow(log, by: 1)
        if column == "hashes" {
            await expectError(.damagedLog) { _ = try log.prove(1, in: before.signed) }
        } else {
            await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: signing.keyFile) }
            await expectError(.rootMismatch) { _ = try log.prove(300, in: before.signed) }
        }
        await log.close()
    }

    // MARK: The state beside the key

    @Test func withoutItsStateAKeyDoesNotSign() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 7)
        let log = try signing.open()
        let state = signing.keyFile.path + "-signed"
        _ = try await log.signCheckpoint(with: signing.keyFile)
        let old = try Data(contentsOf: URL(fileURLWithPath: state))
        try await signing.grow(log, by: 1)
        _ = try await log.signCheckpoint(with: signing.keyFile)
        let new = try Data(contentsOf: URL(fileURLWithPath: state))
        try FileManager.default.removeItem(atPath: state)
        await expectError(.inconsistentWithSigned, "lost") { _ = try await log.signCheckpoint(with: signing.keyFile) }
        try old.write(to: URL(fileURLWithPath: state))
        await expectError(.inconsistentWithSigned, "older") { _ = try await log.signCheckpoint(with: signing.keyFile) }
        try Data("memoryledger.org/signed@v1\n7 x y\n".utf8).write(to: URL(fileURLWithPath: state))
        await expectError(.storage, "damaged") { _ = try await log.signCheckpoint(with: signing.keyFile) }
        try new.write(to: URL(fileURLWithPath: state))
        _ = try await log.signCheckpoint(with: signing.keyFile)
        #expect(SigningFile.mode(state) == 0o600)
        await log.close()
    }

    /// A new key in the place of a lost one begins an epoch; what went before it does not contradict either.
    @Test(arguments: [true, false])
    func aNewKeyContinuesWhatALostOneSigned(hasState: Bool) async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 7)
        let copy = try signing.copyLedger(to: "older.sqlite")
        var log = try signing.open()
        try await signing.grow(log, by: 3)
        _ = try await log.signCheckpoint(with: signing.keyFile)
        try FileManager.default.removeItem(atPath: signing.keyFile.path)
        await expectError(.noSigningKey) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        if !hasState { try FileManager.default.removeItem(atPath: signing.keyFile.path + "-signed") }
        let id = RandomEventIDs().next(at: signing.file.clock.now())
        let key = try await log.adoptSigningKey(in: signing.keyFile, making: true, id: id).key
        #expect(try await log.signCheckpoint(with: signing.keyFile).signed.verify(with: [key]) == [key])
        await log.close()
        try signing.bringBack(copy)
        log = try signing.open()
        try await signing.grow(log, by: 9)
        await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        await log.close()
    }

    // MARK: Keys

    @Test func aKeyIsItsOwnersAlone() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 1)
        let log = try signing.open()
        #expect(SigningFile.mode(signing.keyFile.path) == 0o600)
        await expectError(.fileExists) { try log.makeSigningKey(in: signing.keyFile) }
        for mode in [0o640, 0o604, 0o620, 0o601, 0o644, 0o777] {
            chmod(signing.keyFile.path, mode_t(mode))
            await expectError(.unsafeKeyFile, "\(String(mode, radix: 8))") {
                _ = try await log.signCheckpoint(with: signing.keyFile)
            }
        }
        chmod(signing.keyFile.path, 0o400)
        _ = try await log.signCheckpoint(with: signing.keyFile)
        await expectError(.unsafeKeyFile, "a folder") {
            _ = try SigningKeyFile(path: signing.file.folder.url.path).read()
        }
        // The secret stands in no file but its own.
        let secret =
            try signing.keyFile.read().privateText.split(separator: "+", maxSplits: 4).last.map(String.init) ?? ""
        await log.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: signing.file.folder.url.path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: signing.file.folder.path(name)))
            #expect((bytes.range(of: Data(secret.utf8)) != nil) == (name == "ledger.sqlite-key"), "\(name)")
        }
    }

    @Test func anotherLedgersKeyDoesNotSign() async throws {
        let (one, other) = (try SigningFile(), try SigningFile())
        _ = try await one.make(events: 1)
        _ = try await other.make(events: 1)
        let log = try one.open()
        await expectError(.otherLog) { _ = try await log.signCheckpoint(with: other.keyFile) }
        // One that is not named after a ledger signs for many.
        let shared = SigningKeyFile(path: one.file.folder.path("shared"))
        try shared.create(NoteSigningKey(name: "example.com/team", seed: .init(repeating: 9, count: 32)))
        let second = try other.open()
        for log in [log, second] {
            let id = RandomEventIDs().next(at: one.file.clock.now())
            _ = try await log.adoptSigningKey(in: shared, id: id)
        }
        for log in [log, second, log] { _ = try await log.signCheckpoint(with: shared) }
        await log.close()
        await second.close()
    }

    @Test func signersTakeTurns() async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 1)
        let log = try signing.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<5 { _ = try await log.signCheckpoint(with: signing.keyFile) } }
                group.addTask { for _ in 0..<20 { try await signing.grow(log, by: 3) } }
            }
            try await group.waitForAll()
        }
        let all = try log.checkpoints().sorted { $0.checkpoint.size < $1.checkpoint.size }
        let tree = try await SigningFile.tree(log)
        for stored in all {
            #expect(stored.checkpoint.root == tree.root(at: Int(stored.checkpoint.size)))
            #expect(try stored.signed.verify(with: [key]) == [key])
        }
        for (old, new) in zip(all, all.dropFirst()) {
            try log.proveConsistency(from: old.signed, to: new.signed).verifyConsistency()
        }
        await log.close()
    }
}
