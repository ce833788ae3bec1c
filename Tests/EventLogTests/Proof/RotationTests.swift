import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: who trusts a key can follow its rotations, and no other key's; an epoch has an origin of its own.
@Suite struct RotationTests {
    private let ids = RandomEventIDs.seeded(7)

    private func rotate(_ log: SQLiteEventLog, _ signing: SigningFile) async throws -> SigningKeyChain.Link {
        try await log.rotateSigningKey(in: signing.keyFile, id: ids.next(at: signing.file.clock.now()))
    }

    @Test func theNextCheckpointIsSignedByBothAndTheOneAfterByTheNewOne() async throws {
        let signing = try SigningFile()
        let first = try await signing.make(events: 3)
        let log = try signing.open()
        _ = try await log.signCheckpoint(with: signing.keyFile)
        let link = try await rotate(log, signing)
        #expect(link.old == first && link.position == 4 && link.new.name == first.name && link.new != first)
        #expect(try signing.keyFile.read().verifierKey == link.new)
        let old = signing.keyFile.path + ".old-" + first.idText
        #expect(SigningFile.mode(old) == 0o600 && SigningFile.mode(signing.keyFile.path) == 0o600)
        let both = try await log.signCheckpoint(with: signing.keyFile)
        #expect(try both.signed.verify(with: [first, link.new]).count == 2)
        try await signing.grow(log, by: 1)
        let after = try await log.signCheckpoint(with: signing.keyFile)
        #expect(try after.signed.verify(with: [link.new]) == [link.new])
        await expectError(.unknownSigner) { try after.signed.verify(with: [first]) }

        let second = try await rotate(log, signing)
        #expect(second.old == link.new)
        let chain = try await log.signingKeyChain()
        #expect(chain.links == [link, second] && chain.links(through: link.new) == [link, second])
        #expect(chain.isRetired(first) && chain.isRetired(link.new) && !chain.isRetired(second.new))
        // A copy of a key that was replaced signs no more.
        await expectError(.fileExists) { _ = try await log.signCheckpoint(with: SigningKeyFile(path: old)) }
        let copied = signing.file.folder.path("copied")
        try FileManager.default.copyItem(atPath: old, toPath: copied)
        try FileManager.default.copyItem(atPath: signing.keyFile.path + "-signed", toPath: copied + "-signed")
        await expectError(.noSigningKey) { _ = try await log.signCheckpoint(with: SigningKeyFile(path: copied)) }
        await expectError(.noSigningKey) {
            _ = try await log.rotateSigningKey(
                in: SigningKeyFile(path: copied), id: ids.next(at: signing.file.clock.now()))
        }
        await log.close()
    }

    /// A program that may append can append such an event; it replaces no key, and keeps no process from signing or
    /// rotating.
    @Test func aRotationThatTheKeyDidNotSignIsNone() async throws {
        let signing = try SigningFile()
        let first = try await signing.make(events: 1)
        let log = try signing.open()
        let own = try signing.keyFile.read()
        let stranger = try NoteSigningKey(name: first.name, seed: .init(repeating: 4, count: 32))
        // Signed by the stranger's key twice, in the name of the first.
        var note = try SignedNote(
            text: "memory-ledger signing key rotation\n\(first.name)\nold \(first)\nnew \(stranger.verifierKey)\n")
        try note.sign(with: stranger)
        let forged = SigningKeyRotation(
            oldKey: first.description, newKey: stranger.verifierKey.description,
            note: String(decoding: note.bytes, as: UTF8.self))
        await expectError(.unknownSigner) { _ = try forged.verified() }
        try note.sign(with: own)
        let honest = SigningKeyRotation(
            oldKey: first.description, newKey: stranger.verifierKey.description,
            note: String(decoding: note.bytes, as: UTF8.self))
        #expect(try honest.verified().new == stranger.verifierKey)
        var other = honest
        other.newKey = NoteVectors.peterKey
        await expectError(.badSignature) { _ = try other.verified() }

        // Between two keys of the stranger's own, in the ledger's name.
        let other2 = try NoteSigningKey(name: first.name, seed: .init(repeating: 5, count: 32))
        var own2 = try SignedNote(
            text: "memory-ledger signing key rotation\n\(first.name)\nold \(stranger.verifierKey)\n"
                + "new \(other2.verifierKey)\n")
        try own2.sign(with: stranger)
        try own2.sign(with: other2)
        let beside = SigningKeyRotation(
            oldKey: stranger.verifierKey.description, newKey: other2.verifierKey.description,
            note: String(decoding: own2.bytes, as: UTF8.self))
        for rotation in [forged, beside] {
            let event = try LedgerEvent.signingKeyRotated(rotation).newEvent(
                id: ids.next(at: signing.file.clock.now()))
            _ = try await log.append(to: LedgerEvent.Stream.keys, [event])
        }
        var chain = try await log.signingKeyChain()
        #expect(chain.refusals.map(\.position) == [2] && !chain.isRetired(first))
        #expect(chain.links(through: first) == [])
        #expect(try await log.signCheckpoint(with: signing.keyFile).signed.verify(with: [first]) == [first])
        let link = try await rotate(log, signing)
        chain = try await log.signingKeyChain()
        #expect(chain.links(through: first) == [link] && chain.isRetired(first))
        // The old key hands over once: a thief who has it later comes too late.
        let late = try LedgerEvent.signingKeyRotated(honest).newEvent(id: ids.next(at: signing.file.clock.now()))
        _ = try await log.append(to: LedgerEvent.Stream.keys, [late])
        #expect(try await log.signingKeyChain().links(through: first) == [link])
        await log.close()
    }

    /// Events of another ledger that were imported name its keys and epochs, not this one's.
    @Test func anotherLedgersEventsChangeNothing() async throws {
        let (one, other) = (try SigningFile(), try SigningFile())
        let key = try await one.make(events: 1)
        _ = try await other.make(events: 1)
        let second = try other.open()
        _ = try await rotate(second, other)
        let log = try one.open()
        let origin = LedgerOrigin(ledger: try second.ledgerID).text
        let start = LedgerEvent.epochStarted(
            EpochStart(
                number: 2, epochID: "00112233445566aa", origin: origin + "/00112233445566aa", checkpoint: nil,
                restoredOrigin: origin, restoredSize: 0, restoredRoot: .emptyRoot))
        _ = try await log.append(to: start.stream, [start.newEvent(id: ids.next(at: one.file.clock.now()))])
        for try await event in second.events() where event.stream == LedgerEvent.Stream.keys {
            let copy = NewEvent(id: event.id, type: event.type, payload: event.payload)
            _ = try await log.append(to: event.stream, [copy])
        }
        #expect(try LedgerOrigin.current(in: log).text == key.name)
        #expect(try await log.signingKeyChain() == SigningKeyChain())
        #expect(try await log.signCheckpoint(with: one.keyFile).signed.verify(with: [key]) == [key])
        await log.close()
        await second.close()
    }

    @Test func trustFollowsAProvenRotation() async throws {
        let signing = try SigningFile()
        let first = try await signing.make(events: 2)
        let log = try signing.open()
        let link = try await rotate(log, signing)
        _ = try await log.signCheckpoint(with: signing.keyFile)
        try await signing.grow(log, by: 1)
        _ = try await log.signCheckpoint(with: signing.keyFile)
        let proof = try log.prove(4).bytes
        let rotation = try log.prove(link.position).bytes
        #expect(ProofCheck.check(proof, trusting: [first]).map(\.verdict) == [.signerUnknown])
        #expect(ProofCheck.check(rotation + proof, trusting: [first]).map(\.verdict) == [.verified, .verified])
        #expect(ProofCheck.trustedKeys([first], following: [proof, rotation]) == [first, link.new])
        #expect(ProofCheck.trustedKeys([], following: [rotation]) == [])
        await log.close()
    }

    @Test func anEpochHasAnOriginOfItsOwn() async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 3)
        let log = try signing.open()
        let before = try await log.signCheckpoint(with: signing.keyFile)
        #expect(try LedgerOrigin.current(in: log) == LedgerOrigin(ledger: try log.ledgerID))
        let origin = try #require(LedgerOrigin(ledger: log.ledgerID, epoch: 2, epochID: "00112233445566aa"))
        let start = LedgerEvent.epochStarted(
            EpochStart(
                number: 2, epochID: "00112233445566aa", origin: origin.text,
                checkpoint: String(decoding: before.signed.bytes, as: UTF8.self),
                restoredOrigin: before.checkpoint.origin, restoredSize: 3, restoredRoot: before.checkpoint.root))
        _ = try await log.append(to: start.stream, [start.newEvent(id: ids.next(at: signing.file.clock.now()))])
        #expect(try LedgerOrigin.current(in: log) == origin)
        let after = try await log.signCheckpoint(with: signing.keyFile)
        #expect(after.checkpoint.origin == origin.text && after.checkpoint.size == 4)
        #expect(try after.signed.verify(with: [key]) == [key])
        await expectError(.otherLog) { _ = try log.proveConsistency(from: before.signed, to: after.signed) }
        let event = try #require(try await log.read(EventQuery(from: 3, limit: 1)).events.first)
        #expect(try LedgerEvent.decode(event) == start)
        #expect(LedgerOrigin(ledger: try log.ledgerID, epoch: 2, epochID: "00112233445566AA") == nil)
        #expect(LedgerOrigin(ledger: try log.ledgerID, epoch: 1, epochID: "00112233445566aa") == nil)
        await log.close()
    }
}
