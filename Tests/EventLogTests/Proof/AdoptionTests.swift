import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: no two inconsistent checkpoints bear one origin, whatever is lost or rolled back of ledger, key and state.
/// Method: the ledger's file, and the files beside the key, are put back or removed between two signings.
@Suite struct AdoptionTests {
    private let ids = RandomEventIDs()

    private func id(_ signing: SigningFile) -> EventID { ids.next(at: signing.file.clock.now()) }

    /// Signs 10 events, then rolls back to 7 and goes on with others; the ledger's own table knows nothing either.
    private func rolledBack() async throws -> (SigningFile, SignedCheckpoint) {
        let signing = try SigningFile()
        _ = try await signing.make(events: 7)
        let copy = try signing.copyLedger(to: "older.sqlite")
        let log = try signing.open()
        try await signing.grow(log, by: 3)
        let signed = try await log.signCheckpoint(with: signing.keyFile).signed
        await log.close()
        try signing.bringBack(copy)
        return (signing, signed)
    }

    @Test func withoutItsStateAKeySignsInANewEpochOnly() async throws {
        let (signing, signed) = try await rolledBack()
        try FileManager.default.removeItem(atPath: signing.keyFile.path + "-signed")
        let log = try signing.open()
        try await signing.grow(log, by: 3)
        await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        await expectError(.inconsistentWithSigned) { try log.checkSigningKey(in: signing.keyFile) }
        await expectError(.inconsistentWithSigned) {
            _ = try await log.rotateSigningKey(in: signing.keyFile, id: id(signing))
        }
        let adopted = try await log.adoptSigningKey(in: signing.keyFile, id: id(signing))
        let again = try await log.signCheckpoint(with: signing.keyFile).signed
        #expect(again.checkpoint.origin == adopted.origin.text && adopted.origin.epoch == 2)
        #expect(again.checkpoint.origin != signed.checkpoint.origin && again.checkpoint.size == 11)
        #expect(try again.verify(with: [adopted.key]) == [adopted.key])
        _ = try await log.rotateSigningKey(in: signing.keyFile, id: id(signing))
        #expect(try await log.signCheckpoint(with: signing.keyFile).checkpoint.origin == adopted.origin.text)
        #expect(try await log.verify().isClean)
        await log.close()
    }

    @Test func anotherKeyHasAnEpochOfItsOwn() async throws {
        let (signing, signed) = try await rolledBack()
        let before = try signing.copyLedger(to: "before.sqlite")
        let second = SigningKeyFile(path: signing.file.folder.path("k2"))
        var log = try signing.open()
        await expectError(.invalidArgument) { try log.makeSigningKey(in: second) }
        #expect(!second.exists)
        let adopted = try await log.adoptSigningKey(in: second, making: true, id: id(signing))
        await expectError(.fileExists) { _ = try await log.adoptSigningKey(in: second, making: true, id: id(signing)) }
        try await signing.grow(log, by: 2)
        let other = try await log.signCheckpoint(with: second).signed
        #expect(other.checkpoint.origin == adopted.origin.text)
        #expect(other.checkpoint.origin != signed.checkpoint.origin && other.checkpoint.size == signed.checkpoint.size)
        // Nor does the first key sign for the second one's epoch, or the second one for the time before.
        await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        await log.close()
        try signing.bringBack(before)
        log = try signing.open()
        try await signing.grow(log, by: 3)
        await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: second) }
        await log.close()
    }

    /// Ledger, key and state were rolled back together; the folder with the copies was not.
    @Test(arguments: ["latest.checkpoint", "00000000000000000010.checkpoint"])
    func theCopiesInTheFolderAreContinued(name: String) async throws {
        let (signing, signed) = try await rolledBack()
        let folder = CheckpointFolder(path: signing.file.folder.path("out"))
        try folder.write(signed)
        for other in try FileManager.default.contentsOfDirectory(atPath: folder.path) where other != name {
            try FileManager.default.removeItem(atPath: folder.path + "/" + other)
        }
        let log = try signing.open()
        let origin = signed.checkpoint.origin
        let empty = "memoryledger.org/signed@v1\n0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= \(origin)\n"
        try Data(empty.utf8).write(to: URL(fileURLWithPath: signing.keyFile.path + "-signed"))
        try await signing.grow(log, by: 3)
        try await log.setCheckpointSettings(CheckpointSettings(folder: folder.path))
        let error = await expectError(.inconsistentWithSigned) {
            _ = try await log.signCheckpoint(with: signing.keyFile)
        }
        #expect(error?.message.contains(name) == true)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder.path + "/latest.checkpoint"))
        await expectError(.malformedNote) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        await log.close()
    }

    @Test func aGivenKeyIsEnrolledForANewLedgerOnly() async throws {
        let (one, other) = (try SigningFile(), try SigningFile())
        let shared = SigningKeyFile(path: one.file.folder.path("shared"))
        try shared.create(NoteSigningKey(name: "example.com/team", seed: .init(repeating: 9, count: 32)))
        let (log, second) = (try one.open(), try other.open())
        await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: shared) }
        try await log.enrolSigningKey(in: shared)
        _ = try await log.signCheckpoint(with: shared)
        // The state of one ledger that is made again must not stand for the other's, which is lost.
        try FileManager.default.removeItem(atPath: shared.path + "-signed")
        try await second.enrolSigningKey(in: shared)
        _ = try await second.signCheckpoint(with: shared)
        await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: shared) }
        try await one.grow(log, by: 1)
        await expectError(.invalidArgument) { _ = try await log.enrolSigningKey(in: shared) }
        await log.close()
        await second.close()
    }
}
