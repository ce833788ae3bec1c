import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: a signer or a rotation that is killed (SIGKILL) at any step contradicts nothing that anybody can have, loses
/// no key, and the next one goes on. Method: a process is killed at each step in turn; then the ledger is signed again
/// as it is, and, rolled back to an older copy that goes on differently, once more.
@Suite struct SigningKillTests {
    /// The steps before the intent is there: nothing was signed, so nothing can be contradicted.
    private static let before = ["locked", "read", "durable", "intentWritten"]
    private static let after = ["intentRenamed", "signed", "stored"]

    private func sign(_ signing: SigningFile, killedAt step: String) async throws {
        let process = try ChildProcess([
            "sign", signing.file.path, "--key", signing.keyFile.path, "--report", signing.file.folder.path("notes"),
            "--kill-at", step,
        ])
        #expect(try await eventually { process.hasEnded })
        #expect(reportLines(signing.file.folder.path("notes")) == [], "it was not killed at \(step)")
    }

    @Test(arguments: before + after)
    func aKilledSignerIsFollowedByTheNext(step: String) async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 9)
        try await sign(signing, killedAt: step)
        let log = try signing.open()
        let stored = try await log.signCheckpoint(with: signing.keyFile)
        #expect(stored.checkpoint.size == 9 && stored.number == 1)
        #expect(try stored.signed.verify(with: [key]) == [key])
        try await signing.grow(log, by: 1)
        #expect(try await log.signCheckpoint(with: signing.keyFile).checkpoint.size == 10)
        await log.close()
    }

    @Test(arguments: before + after)
    func whatAKilledSignerMayHaveSignedIsNotContradicted(step: String) async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 5)
        let copy = try signing.copyLedger(to: "older.sqlite")
        var log = try signing.open()
        try await signing.grow(log, by: 4)
        await log.close()
        try await sign(signing, killedAt: step)

        try signing.bringBack(copy)
        log = try signing.open()
        try await signing.grow(log, by: 8)
        if Self.after.contains(step) {
            await expectError(.inconsistentWithSigned) { _ = try await log.signCheckpoint(with: signing.keyFile) }
        } else {
            _ = try await log.signCheckpoint(with: signing.keyFile)
        }
        await log.close()
    }

    @Test(arguments: ["locked", "keyWritten", "appended", "oldKept", "renamed"])
    func aKilledRotationLosesNoKey(step: String) async throws {
        let signing = try SigningFile()
        let first = try await signing.make(events: 3)
        let report = signing.file.folder.path("keys")
        let process = try ChildProcess([
            "rotate", signing.file.path, "--key", signing.keyFile.path, "--report", report, "--kill-at", step,
        ])
        #expect(try await eventually { process.hasEnded })
        #expect(reportLines(report) == [])

        let log = try signing.open()
        let isRotated = !["locked", "keyWritten"].contains(step)
        #expect(try await log.signingKeyChain().links.count == (isRotated ? 1 : 0))
        let stored = try await log.signCheckpoint(with: signing.keyFile)
        let current = try signing.keyFile.read().verifierKey
        #expect((current == first) == !isRotated)
        let expected = isRotated ? [current, first] : [first]
        #expect(try stored.signed.verify(with: expected) == expected)
        // The next rotation goes on, with the key that was left where there is one.
        let id = RandomEventIDs.seeded(3).next(at: signing.file.clock.now())
        let link = try await log.rotateSigningKey(in: signing.keyFile, id: id)
        #expect(link.old == current)
        #expect(try await log.signingKeyChain().links.count == (isRotated ? 2 : 1))
        #expect(
            try await log.signCheckpoint(with: signing.keyFile).signed.verify(with: [link.new, current]).count == 2)
        let names = try FileManager.default.contentsOfDirectory(atPath: signing.file.folder.url.path)
        #expect(!names.contains { $0.hasSuffix(".new") })
        await log.close()
    }

    /// Several processes sign and append at the same time; every note continues the one before.
    @Test func processesSignInTurn() async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 1)
        let signers = try (0..<3).map { number in
            try ChildProcess([
                "sign", signing.file.path, "--key", signing.keyFile.path, "--times", "5", "--busy-ms", "600000",
                "--report", signing.file.folder.path("notes\(number)"),
            ])
        }
        let log = try signing.open()
        for _ in 0..<20 { try await signing.grow(log, by: 5) }
        #expect(try await eventually { signers.allSatisfy(\.hasEnded) })
        var notes: [SignedCheckpoint] = []
        for number in 0..<3 {
            let lines = reportLines(signing.file.folder.path("notes\(number)"))
            #expect(lines.count == 5)
            notes += try lines.map { try SignedCheckpoint(#require(Data(base64Encoded: String($0)))) }
        }
        notes.sort { $0.checkpoint.size < $1.checkpoint.size }
        for (old, new) in zip(notes, notes.dropFirst()) {
            try log.proveConsistency(from: old, to: new).verifyConsistency()
            #expect(try new.verify(with: [key]) == [key])
        }
        await log.close()
    }
}
