import EventLog
import MerkleLog
import Testing

/// Goal: checkpoints and proof files are those of C2SP, and of `Schemas/PROOFS.md`, to the byte.
/// Method: what is written is read back the same; a table of files of which each breaks one rule.
@Suite struct CheckpointTests {
    private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    @Test func thePublishedCheckpointIsRead() throws {
        let signature = "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
        let text = "example.com/behind-the-sofa\n20852163\n\(Self.root)\n\n— example.com/behind-the-sofa \(signature)\n"
        let signed = try SignedCheckpoint(text.utf8)
        #expect(signed.checkpoint.origin == "example.com/behind-the-sofa" && signed.checkpoint.size == 20_852_163)
        #expect(signed.checkpoint.root.bytes.prefix(2) == [0x0a, 0xc5])
        #expect(String(decoding: signed.bytes, as: UTF8.self) == text)
    }

    @Test func extensionLinesStay() throws {
        let text = "o\n9223372036854775807\n\(Self.root)\nmore\nand more\n"
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.extensions == ["more", "and more"] && checkpoint.size == .max && checkpoint.text == text)
    }

    @Test(arguments: [
        "", "\n", "o\n1\n", "o\n1\n\(root)", "\n1\n\(root)\n", "o\n\n\(root)\n", "o\n01\n\(root)\n", "o\n-1\n\(root)\n",
        "o\n+1\n\(root)\n", "o\n 1\n\(root)\n", "o\n1 \n\(root)\n", "o\n9223372036854775808\n\(root)\n",
        "o\n18446744073709551616\n\(root)\n", "o\n1x\n\(root)\n", "o\n١\n\(root)\n", "o\n1\n\(root.dropLast())\n",
        "o\n1\n\(root)=\n", "o\n1\nAAAA\n", "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "o\n1\n\(root)\n\n", "o\n1\n\(root)\n\nmore\n", "o\n0\n\(root)\n", "o\n1\n\(root)\n\n",
    ])
    func otherTextsAreNoCheckpoints(text: String) async {
        await expectError(.malformedProof, "\(text)") { _ = try Checkpoint(text: text) }
    }

    // MARK: Proof files

    private static let key: NoteSigningKey? = try? NoteSigningKey(
        name: "test.example/log", seed: .init(repeating: 3, count: 32))
    private static let tree = ReferenceTree.rfc6962

    private static func signed(_ size: Int, origin: String = "test.example/log") throws -> SignedCheckpoint {
        var note = try SignedNote(text: Checkpoint(origin: origin, size: Int64(size), root: tree.root(at: size)).text)
        try note.sign(with: #require(key))
        return try SignedCheckpoint(note: note)
    }

    private static func inclusion() throws -> TreeProofFile {
        TreeProofFile(
            entry: [0x20, 0x21], proof: tree.inclusionProof(of: 3, in: 7), checkpoint: try signed(7))
    }

    private static func consistency() throws -> ConsistencyProofFile {
        ConsistencyProofFile(
            hashes: tree.consistencyProof(from: 3, to: 7).hashes, old: try signed(3), new: try signed(7))
    }

    @Test func anInclusionProofIsReadAsItWasWritten() throws {
        let file = try Self.inclusion()
        let read = try TreeProofFile(file.bytes)
        #expect(read == file && read.position == 4)
        try read.verifyInclusion()
        let key = try #require(Self.key).verifierKey
        #expect(try read.checkpoint.verify(with: [key]) == [key])
        #expect(String(decoding: file.bytes, as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\nextra ICE=\nindex 3\n"))
        var bare = file
        bare.entry = nil
        #expect(try TreeProofFile(bare.bytes) == bare)
        #expect(throws: EventLogError.self) { try bare.verifyInclusion() }
    }

    @Test func aConsistencyProofIsReadAsItWasWritten() throws {
        let file = try Self.consistency()
        let read = try ConsistencyProofFile(file.bytes)
        #expect(read == file)
        try read.verifyConsistency()
        let same = ConsistencyProofFile(hashes: [], old: try Self.signed(7), new: try Self.signed(7))
        try ConsistencyProofFile(same.bytes).verifyConsistency()
    }

    private static let changes: [(from: String, to: String)] = [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"), ("c2sp.org/tlog-proof@v1\n", ""),
        ("extra ICE=", "extra ICE"), ("extra ICE=", "extra ICF="), ("extra ICE=\n", "extra \nextra ICE=\n"),
        ("index 3", "index 03"), ("index 3", "index -3"), ("index 3\n", ""), ("index 3", "index  3"),
        ("index 3", "Index 3"), ("index 3", "index 9223372036854775808"),
        ("\n\ntest.example/log\n", "\ntest.example/log\n"), ("\n\ntest.example/log\n", "\n\n\ntest.example/log\n"),
        ("\n7\n", "\n07\n"), ("— test.example/log", "- test.example/log"),
    ]

    @Test(arguments: changes)
    func aChangedFormIsRefused(from: String, to: String) throws {
        let text = String(decoding: try Self.inclusion().bytes, as: UTF8.self)
        #expect(text.contains(from))
        #expect(throws: EventLogError.self) {
            try TreeProofFile(text.replacing(from, with: to, maxReplacements: 1).utf8)
        }
    }

    /// Every file with one byte changed is refused, or is proved and signed no more.
    @Test func noByteCanBeChanged() throws {
        let key = try #require(Self.key).verifierKey
        func holds(_ bytes: [UInt8], _ original: TreeProofFile) -> Bool {
            guard let file = try? TreeProofFile(bytes) else { return false }
            return (try? file.verifyInclusion()) != nil && (try? file.checkpoint.verify(with: [key])) != nil
        }
        let file = try Self.inclusion()
        #expect(holds(file.bytes, file))
        for index in file.bytes.indices {
            var changed = file.bytes
            changed[index] ^= 0x04
            #expect(!holds(changed, file), "byte \(index)")
        }
        let consistency = try Self.consistency()
        for index in consistency.bytes.indices {
            var changed = consistency.bytes
            changed[index] ^= 0x04
            let holds = (try? ConsistencyProofFile(changed)).map { file in
                (try? file.verifyConsistency()) != nil && (try? file.old.verify(with: [key])) != nil
                    && (try? file.new.verify(with: [key])) != nil
            }
            #expect(holds != true, "byte \(index)")
        }
    }

    @Test func tooManyHashesAreRefused() throws {
        var file = try Self.inclusion()
        file.proof.hashes = .init(repeating: .emptyRoot, count: 64)
        #expect(throws: EventLogError.self) { try TreeProofFile(file.bytes) }
        var consistency = try Self.consistency()
        consistency.hashes = .init(repeating: .emptyRoot, count: 65)
        #expect(throws: EventLogError.self) { try ConsistencyProofFile(consistency.bytes) }
    }

    @Test func checkpointsOfTwoLogsAreNotCompared() async throws {
        var file = try Self.consistency()
        file.old = try Self.signed(3, origin: "test.example/other")
        await expectError(.otherLog) { try file.verifyConsistency() }
    }

    /// A ledger's key speaks for that ledger and its epochs alone.
    @Test(arguments: [
        ("memory-ledger/aa", true), ("memory-ledger/aa/0011223344556677", true), ("memory-ledger/ab", false),
        ("memory-ledger/aabb", false), ("test.example/log", false),
    ])
    func aLedgersKeySignsForThatLedger(origin: String, isIts: Bool) async throws {
        let key = try NoteSigningKey(name: "memory-ledger/aa", seed: .init(repeating: 5, count: 32))
        var note = try SignedNote(text: Checkpoint(origin: origin, size: 3, root: Self.tree.root(at: 3)).text)
        try note.sign(with: key)
        let signed = try SignedCheckpoint(note: note)
        if isIts {
            try signed.verify(with: [key.verifierKey])
        } else {
            await expectError(.otherLog) { try signed.verify(with: [key.verifierKey]) }
        }
    }
}
