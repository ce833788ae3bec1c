import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import MerkleLog
import SQLiteEventLog
import Testing

/// Goal: what a call by JSON signs and proves is what the typed call does, and holds for a stranger.
/// Method: a ledger in a file with a signing key; each proof is checked without the ledger.
@Suite struct ProofOperationTests {
    private func withLedger(_ body: (OperationRequest) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("operations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("ledger.sqlite").path
        let ledger = try await MemoryLedger.open(at: path, options: .forTesting())
        let request = OperationRequest(ledger, by: Attribution(actor: "signer"))
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Green"), by: Attribution(actor: "me"))
        try await body(request)
        await ledger.close()
    }

    private func text(_ checkpoint: StoredCheckpoint) -> JSONValue {
        .string(String(decoding: checkpoint.signed.bytes, as: UTF8.self))
    }

    @Test func proofsOfACallByJSONHold() async throws {
        try await withLedger { request in
            let adopted = try await AdoptSigningKey(making: true).run(in: request)
            let first = try await SignCheckpoint().run(in: request)
            _ = try await UpdateMemory(MemoryKey(key: "tea"), MemoryChange(summary: "Black")).run(in: request)
            let catalogue = OperationCatalogue.standard
            let second = try await catalogue.call("checkpoint.sign", in: request)
            let listed = try await ListCheckpoints().run(in: request).checkpoints
            #expect(listed.count == 2 && second == listed[0].document() && second["file"] == .null)
            #expect(second["size"] == JSONValue(Int64(3)) && first.checkpoint.size == 2)

            let proofs = [
                try await catalogue.call("proof.inclusion", ["key": "tea", "all": true], in: request),
                try await catalogue.call("proof.inclusion", ["event": "1", "checkpoint": text(first)], in: request),
                try await catalogue.call(
                    "proof.consistency", ["from": text(first), "to": text(listed[0])], in: request),
            ].flatMap { $0["proofs"]?.array ?? [] }
            #expect(proofs.count == 4)
            for proof in proofs {
                let bytes = Array((proof["proof"]?.string ?? "").utf8)
                let checked = CheckedFiles([(name: "proof", bytes: bytes)], trusting: [adopted.key])
                #expect(checked.verdict == .verified && checked.checks.count == 1)
                #expect(try checked.document()["verdict"] == "verified")
                #expect(CheckedFiles([(name: "proof", bytes: bytes)], trusting: []).verdict == .signerUnknown)
            }
            #expect(CheckedFiles([(name: "none", bytes: Array("no proof".utf8))], trusting: []).verdict == .wrong)
        }
    }

    @Test func evidenceIsCheckedByItself() async throws {
        try await withLedger { request in
            let adopted = try await AdoptSigningKey(making: true).run(in: request)
            _ = try await SignCheckpoint().run(in: request)
            let made = try await MakeEvidence(EvidenceSelection(memory: MemoryKey(key: "tea"))).run(in: request)
            let document = try await OperationCatalogue.standard.call("evidence.make", ["key": "tea"], in: request)
            #expect(document == made.document() && document["file"] == .null && document["events"] == 1)
            #expect(CheckedFiles([(name: "tea", bytes: made.html)], trusting: [adopted.key]).verdict == .verified)
        }
    }

    @Test func keysAreListedAsTheyRotate() async throws {
        try await withLedger { request in
            let adopted = try await AdoptSigningKey(making: true).run(in: request)
            let catalogue = OperationCatalogue.standard
            let rotated = try await catalogue.call("key.rotate", in: request)
            #expect(rotated["old_verifier_key"]?.string == adopted.key.description)
            let listed = try await catalogue.call("key.list", in: request)
            let keys = listed["keys"]?.array ?? []
            #expect(keys.map { $0["retired"] } == [true, false])
            #expect(keys.last?["verifier_key"] == rotated["new_verifier_key"])
            #expect(listed["file_key"] == rotated["new_verifier_key"])
        }
    }

    @Test func whatDamageSaysIsADocument() async throws {
        try await withLedger { request in
            var document = try await OperationCatalogue.standard.call("ledger.verify", ["deep": true], in: request)
            #expect(document["clean"] == true && document["deep"] == true && document["damages"] == [])
            let lost = CheckpointToVerify(try #require(OperationExample.checkpoints.first), name: "other")
            document = try await VerifyLedger(against: [lost]).run(in: request).document()
            #expect(document["clean"] == false && document["damage_count"] == 1)
        }
    }
}
