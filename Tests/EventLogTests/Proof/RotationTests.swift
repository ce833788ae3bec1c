import EventLog
import Foundation
import Testing

/// Goal: who trusts a key can follow its rotations, and nobody else's; an epoch has an origin of its own.
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
        #expect(chain.links == [link, second] && chain.current == second.new)
        #expect(chain.isRetired(first) && chain.isRetired(link.new) && !chain.isRetired(second.new))
        // A copy of a key that was replaced signs no more.
        chmod(old, 0o600)
        try FileManager.default.copyItem(atPath: signing.keyFile.path + "-signed", toPath: old + "-signed")
        await expectError(.noSigningKey) { _ = try await log.signCheckpoint(with: SigningKeyFile(path: old)) }
        await expectError(.noSigningKey) {
            _ = try await log.rotateSigningKey(
                in: SigningKeyFile(path: old), id: ids.next(at: signing.file.clock.now()))
        }
        await log.close()
    }

    @Test func aRotationThatNobodySignedBreaksTheChain() async throws {
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

        let event = try LedgerEvent.signingKeyRotated(forged).newEvent(id: ids.next(at: signing.file.clock.now()))
        _ = try await log.append(to: LedgerEvent.Stream.keys, [event])
        await expectError(.unknownSigner) { _ = try await log.signingKeyChain() }
        await expectError(.unknownSigner) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        await log.close()
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
