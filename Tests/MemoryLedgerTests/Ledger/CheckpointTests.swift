import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a ledger that is opened with a signing key signs by itself, counted reads included, and its events and
/// settings do not get into each other's way. The signing itself is tested with the log.
@Suite struct LedgerCheckpointTests {
    private let tea = MemoryKey(key: "tea")

    @Test func aLedgerSignsWhenItCloses() async throws {
        let first = try await TestLedger.open()
        let keyFile = SigningKeyFile(path: first.folder.file("key"))
        let key = try first.ledger.log.inFile.makeSigningKey(in: keyFile)
        let folder = first.folder.file("out")
        let options = CheckpointOptions(
            keyFile: keyFile, rule: .every(events: 1, milliseconds: 3_600_000), folder: folder)
        let test = try await first.reopened { $0.checkpoints = options }
        try await test.ledger.add(tea, MemoryContent(summary: "green"))
        _ = try await test.ledger.access(tea)
        await test.ledger.close()
        let again = try await test.another()
        let stored = try #require(try again.ledger.log.inFile.checkpoints().first)
        #expect(stored.checkpoint.size == 2)
        #expect(try stored.signed.verify(with: [key]) == [key])
        #expect(FileManager.default.fileExists(atPath: folder + "/latest.checkpoint"))
        #expect(try await again.ledger.signDueCheckpoint(options) == nil)
        await again.ledger.close()
    }

    @Test func anEventUnderAKeyIsProved() async throws {
        let test = try await TestLedger.open()
        try test.ledger.log.inFile.makeSigningKey(in: test.ledger.signingKeyFile())
        try await test.ledger.add(tea, MemoryContent(summary: "green"))
        try await test.ledger.update(tea, MemoryChange(summary: "black"))
        try await test.ledger.signCheckpoint()
        let positions = try await test.ledger.positions(of: tea, limit: 10)
        #expect(positions == [2, 1])
        let proof = try test.ledger.log.inFile.prove(positions[0])
        let event = try #require(try proof.event())
        #expect(try MemoryEvent.decode(event.recorded(at: proof.position)) == .updated(MemoryChange(summary: "black")))
        await expectError(.notFound) { _ = try await test.ledger.positions(of: MemoryKey(key: "none"), limit: 1) }
        await test.ledger.close()
    }

    @Test func aRotationIsShownAndBelongsToNoMemory() async throws {
        let test = try await TestLedger.open()
        let keyFile = try test.ledger.signingKeyFile()
        let key = try test.ledger.log.inFile.makeSigningKey(in: keyFile)
        try await test.ledger.add(tea, MemoryContent(summary: "green"))
        let options = test.ledger.options
        let link = try await test.ledger.log.inFile.rotateSigningKey(
            in: keyFile, id: options.ids.next(at: test.clock.now()), by: Attribution(actor: "admin"))
        let event = try #require(try await test.ledger.log.read(EventQuery(from: 1)).events.first)
        let data = try event.json().object?["data"]
        #expect(data?["old_verifier_key"]?.string == key.description)
        #expect(data?["new_verifier_key"]?.string == link.new.description)
        #expect(MemoryStream.memory(event.stream) == nil)
        #expect(try await test.ledger.statistics().unknownTypes == [])
        let digest = try await test.ledger.digest()
        try await test.ledger.rebuild()
        #expect(try await test.ledger.digest().tables == digest.tables)
        await test.ledger.close()
    }
}
