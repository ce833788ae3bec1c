import EventLog
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: every event can be proved against every checkpoint that covers it, and a changed one cannot.
/// Method: compared with the recursive definition; the log is changed past its guards.
@Suite struct ProveTests {
    @Test func everyEventIsProvedAgainstEveryCheckpoint() async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 0)
        let log = try signing.open()
        var checkpoints: [StoredCheckpoint] = []
        for count in [1, 1, 3, 250, 2, 300] {
            try await signing.grow(log, by: count)
            checkpoints.append(try await log.signCheckpoint(with: signing.keyFile))
        }
        let tree = try await SigningFile.tree(log)
        for stored in checkpoints {
            let size = Int(stored.checkpoint.size)
            for position in stride(from: 1, through: size, by: size > 50 ? 17 : 1) {
                let file = try log.prove(Position(position), in: stored.signed)
                #expect(file.proof == tree.inclusionProof(of: position - 1, in: size))
                let check = try #require(ProofCheck.check(file.bytes, trusting: [key]).first)
                #expect(check.verdict == .verified && check.position == Position(position) && check.signers == [key])
                #expect(check.event?.stream == "s" && check.event?.version == Position(position))
            }
            if size < tree.leaves.count {
                await expectError(.noCheckpoint) { _ = try log.prove(Position(size) + 1, in: stored.signed) }
            }
            for later in checkpoints where later.checkpoint.size >= stored.checkpoint.size {
                let file = try log.proveConsistency(from: stored.signed, to: later.signed)
                #expect(
                    file.proof == tree.consistencyProof(from: size, to: Int(later.checkpoint.size)))
                #expect(ProofCheck.check(file.bytes, trusting: [key]).map(\.verdict) == [.verified])
            }
        }
        #expect(try log.prove(1).checkpoint == checkpoints.last?.signed)
        let (first, last) = (try #require(checkpoints.first), try #require(checkpoints.last))
        await expectError(.indexOutOfRange) { _ = try log.proveConsistency(from: last.signed, to: first.signed) }
        for position in [0, -1, 558, .max] as [Position] {
            await expectError(.unknownMoment, "\(position)") { _ = try log.prove(position) }
        }
        try await signing.grow(log, by: 1)
        await expectError(.noCheckpoint) { _ = try log.prove(558) }
        await log.close()
    }

    @Test func aChangedEventIsNotProved() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 20)
        var log = try signing.open()
        _ = try await log.signCheckpoint(with: signing.keyFile)
        await log.close()
        try RawSQLite.damage(signing.file.path, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 7")
        log = try signing.open()
        await expectError(.damagedLog) { _ = try log.prove(7) }
        #expect(try log.prove(8).position == 8)
        await log.close()
    }

    @Test func somebodyElsesCheckpointProvesNothing() async throws {
        let (one, other) = (try SigningFile(), try SigningFile())
        _ = try await one.make(events: 5)
        _ = try await other.make(events: 5)
        let (log, second) = (try one.open(), try other.open())
        let foreign = try await second.signCheckpoint(with: other.keyFile)
        await expectError(.rootMismatch) { _ = try log.prove(2, in: foreign.signed) }
        await log.close()
        await second.close()
    }

    @Test func aFileIsJudgedProofByProof() async throws {
        let signing = try SigningFile()
        let key = try await signing.make(events: 5)
        let log = try signing.open()
        let stored = try await log.signCheckpoint(with: signing.keyFile)
        let good = try log.prove(3).bytes
        var wrong = try log.prove(4)
        wrong.proof.index = 2
        await log.close()
        let verdicts = ProofCheck.check(good + wrong.bytes + good, trusting: [key]).map(\.verdict)
        #expect(verdicts == [.verified, .wrong, .verified])
        #expect(ProofCheck.check(good, trusting: []).map(\.verdict) == [.signerUnknown])
        #expect(ProofCheck.check(stored.signed.bytes, trusting: [key]).map(\.verdict) == [.verified])
        for nothing in ["", "\n", "something else\n", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1"] {
            #expect(ProofCheck.check(Array(nothing.utf8), trusting: [key]).map(\.verdict) == [.wrong], "\(nothing)")
        }
        // Of another ledger's event under this one's checkpoint the hash would have to fit.
        var stranger = try TreeProofFile(good)
        stranger.entry?[5] ^= 1
        #expect(ProofCheck.check(stranger.bytes, trusting: [key]).map(\.problem?.code) == [.rootMismatch])
    }
}
