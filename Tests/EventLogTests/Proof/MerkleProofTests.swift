import EventLog
import EventLogTesting
import MerkleLog
import Testing

/// Goal: a proof is accepted where it holds, and for nothing else.
/// Method: the published tree at every size; random trees whose proofs are changed in every place; a table of sizes
/// and places that cannot be. Proofs come from the recursive definition, which shares no code with what verifies.
@Suite struct MerkleProofTests {
    @Test func theKnownTreeHasTheKnownRoot() {
        #expect(
            ReferenceTree.rfc6962.root(at: 8).description
                == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
        #expect(
            MerkleHash.emptyRoot.description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func everyProofOfTheKnownTreeHolds() throws {
        let tree = ReferenceTree.rfc6962
        for size in 1...8 {
            for index in 0..<size {
                try tree.inclusionProof(of: index, in: size).verify(
                    leaf: tree.leaves[index], root: tree.root(at: size))
            }
            for old in 0...size {
                try tree.consistencyProof(from: old, to: size).verify(
                    oldRoot: tree.root(at: old), newRoot: tree.root(at: size))
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func proofsOfRandomTreesHoldAndChangedOnesDoNot(seed: UInt64) async throws {
        var random = SeededRandom(seed)
        for _ in 0..<60 {
            let size = Int.random(in: 1...200, using: &random)
            let tree = ReferenceTree(entries: (0..<size).map { _ in random.bytes(5) })
            let index = Int.random(in: 0..<size, using: &random)
            let inclusion = tree.inclusionProof(of: index, in: size)
            let root = tree.root(at: size)
            try inclusion.verify(leaf: tree.leaves[index], root: root)
            for changed in Self.mutations(of: inclusion.hashes, &random) {
                var wrong = inclusion
                wrong.hashes = changed
                #expect(throws: EventLogError.self, "seed \(seed), \(size), \(index)") {
                    try wrong.verify(leaf: tree.leaves[index], root: root)
                }
            }
            let other = (index + 1) % size
            if other != index {
                var wrong = inclusion
                wrong.index = Int64(other)
                #expect(throws: EventLogError.self) { try wrong.verify(leaf: tree.leaves[index], root: root) }
                #expect(throws: EventLogError.self) { try inclusion.verify(leaf: tree.leaves[other], root: root) }
            }

            let old = Int.random(in: 1...size, using: &random)
            let consistency = tree.consistencyProof(from: old, to: size)
            let oldRoot = tree.root(at: old)
            try consistency.verify(oldRoot: oldRoot, newRoot: root)
            for changed in Self.mutations(of: consistency.hashes, &random) {
                var wrong = consistency
                wrong.hashes = changed
                #expect(throws: EventLogError.self, "seed \(seed), \(old) to \(size)") {
                    try wrong.verify(oldRoot: oldRoot, newRoot: root)
                }
            }
            #expect(throws: EventLogError.self) {
                try consistency.verify(oldRoot: oldRoot, newRoot: MerkleHash.leaf([7]))
            }
            #expect(throws: EventLogError.self) {
                try consistency.verify(oldRoot: MerkleHash.leaf([7]), newRoot: root)
            }
        }
    }

    /// One hash changed, left out, doubled, swapped with the next, and one more at either end.
    private static func mutations(of hashes: [MerkleHash], _ random: inout SeededRandom) -> [[MerkleHash]] {
        var found: [[MerkleHash]] = [hashes + [.leaf([1])], [.leaf([1])] + hashes]
        for index in hashes.indices {
            var bytes = hashes[index].bytes
            bytes[Int.random(in: 0..<32, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            if let changed = MerkleHash(bytes) {
                found.append(Array(hashes[..<index]) + [changed] + hashes[(index + 1)...])
            }
            found.append(Array(hashes[..<index] + hashes[(index + 1)...]))
            found.append(Array(hashes[...index] + hashes[index...]))
            if index + 1 < hashes.count, hashes[index] != hashes[index + 1] {
                var swapped = hashes
                swapped.swapAt(index, index + 1)
                found.append(swapped)
            }
        }
        return found
    }

    private static let impossibleInclusions: [(index: Int64, size: Int64, hashes: Int, code: EventLogError.Code)] = [
        (0, 0, 0, .indexOutOfRange), (0, -1, 0, .indexOutOfRange), (-1, 1, 0, .indexOutOfRange),
        (1, 1, 0, .indexOutOfRange), (8, 8, 3, .indexOutOfRange), (.max, .max, 63, .indexOutOfRange),
        (.min, 5, 3, .indexOutOfRange), (0, 1, 1, .wrongProofLength), (0, 2, 0, .wrongProofLength),
        (0, 2, 2, .wrongProofLength), (7, 8, 2, .wrongProofLength), (7, 8, 4, .wrongProofLength),
        (4, 5, 2, .wrongProofLength), (4, 5, 0, .wrongProofLength), (0, .max, 62, .wrongProofLength),
        (0, .max, 64, .wrongProofLength), (.max - 1, .max, 200, .wrongProofLength),
        (0, .max, 63, .rootMismatch), (4, 5, 1, .rootMismatch), (0, 1, 0, .rootMismatch),
    ]

    @Test(arguments: impossibleInclusions)
    func inclusionsThatCannotBe(index: Int64, size: Int64, hashes: Int, code: EventLogError.Code) async {
        let proof = InclusionProof(
            index: index, size: size, hashes: (0..<hashes).map { MerkleHash.leaf([UInt8(truncatingIfNeeded: $0)]) })
        await expectError(code) { try proof.verify(leaf: .leaf([0]), root: .leaf([9, 9])) }
    }

    private static let impossibleConsistencies: [(old: Int64, new: Int64, hashes: Int, code: EventLogError.Code)] = [
        (-1, 0, 0, .indexOutOfRange), (2, 1, 0, .indexOutOfRange), (1, -1, 0, .indexOutOfRange),
        (0, 0, 1, .wrongProofLength), (0, 8, 1, .wrongProofLength), (5, 5, 1, .wrongProofLength),
        (3, 8, 0, .wrongProofLength), (4, 8, 0, .wrongProofLength), (4, 8, 2, .wrongProofLength),
        (3, 8, 3, .wrongProofLength), (3, 8, 5, .wrongProofLength), (1, .max, 62, .wrongProofLength),
        (1, .max, 64, .wrongProofLength), (.max - 1, .max, 500, .wrongProofLength),
        (0, 8, 0, .rootMismatch), (5, 5, 0, .rootMismatch), (4, 8, 1, .rootMismatch), (3, 8, 4, .rootMismatch),
    ]

    @Test(arguments: impossibleConsistencies)
    func consistenciesThatCannotBe(old: Int64, new: Int64, hashes: Int, code: EventLogError.Code) async {
        let proof = ConsistencyProof(
            oldSize: old, newSize: new, hashes: (0..<hashes).map { MerkleHash.leaf([UInt8(truncatingIfNeeded: $0)]) })
        await expectError(code) { try proof.verify(oldRoot: .leaf([0]), newRoot: .leaf([9, 9])) }
    }

    @Test func theEmptyLogIsTheBeginningOfEveryLog() throws {
        try ConsistencyProof(oldSize: 0, newSize: 0, hashes: []).verify(oldRoot: .emptyRoot, newRoot: .emptyRoot)
        try ConsistencyProof(oldSize: 0, newSize: 7, hashes: []).verify(oldRoot: .emptyRoot, newRoot: .leaf([1]))
    }
}
