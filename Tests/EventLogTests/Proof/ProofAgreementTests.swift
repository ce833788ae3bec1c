import EventLog
import EventLogTesting
import Foundation
import MerkleLog
import Testing

/// Goal: Swift and the Python program, which was written from `Schemas` alone, judge every proof alike.
/// Method: proofs of random trees, whole and broken in every way, are judged by both. `Tools/proof_agreement` does it
/// with 100,000.
@Suite struct ProofAgreementTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["PROOF_AGREEMENT_COUNT"].flatMap { Int($0) } ?? 2_000
    private static let seed = environment["PROOF_AGREEMENT_SEED"].flatMap { UInt64($0) } ?? 4

    @Test(.enabled(if: PythonVerifier.isThere, "python3 is not installed"))
    func bothJudgeEveryProofAlike() throws {
        var maker = ProofMaker(seed: Self.seed)
        var lines = ""
        var verdicts: [Bool] = []
        while verdicts.count < Self.count {
            let (line, holds) = maker.next()
            lines += line + "\n"
            verdicts.append(holds)
        }
        let found = try PythonVerifier.judge(lines, in: TestFolder())
        try #require(found.count == verdicts.count)
        let all = lines.split(separator: "\n")
        for (index, holds) in verdicts.enumerated() where (found[index] == "ok") != holds {
            Issue.record("seed \(Self.seed): Swift says \(holds), Python \(found[index]): \(all[index])")
        }
        let holding = verdicts.count(where: { $0 })
        #expect(holding > Self.count / 10 && holding < Self.count * 9 / 10)
        if Self.count > 2_000 {
            print("agreed on \(Self.count) proofs, \(holding) of them valid, seed \(Self.seed)")
        }
    }
}

/// Makes proofs and says whether Swift takes them.
private struct ProofMaker {
    private var random: SeededRandom
    private var tree = ReferenceTree([])
    private var roots: [MerkleHash] = []
    private var left = 0

    private static let maximumLeaves = 48
    private static let proofsOfATree = 60

    init(seed: UInt64) { random = SeededRandom(seed) }

    mutating func next() -> (line: String, holds: Bool) {
        if left == 0 { plant() }
        left -= 1
        return Bool.random(using: &random) ? inclusion() : consistency()
    }

    private mutating func plant() {
        let size = Int.random(in: 1...Self.maximumLeaves, using: &random)
        tree = ReferenceTree(entries: (0..<size).map { _ in random.bytes(4) })
        roots = (0...size).map { tree.root(at: $0) }
        left = Self.proofsOfATree
    }

    private mutating func inclusion() -> (String, Bool) {
        let size = Int.random(in: 1..<roots.count, using: &random)
        let index = Int.random(in: 0..<size, using: &random)
        var proof = tree.inclusionProof(of: index, in: size)
        var (leaf, root) = (tree.leaves[index], roots[size])
        switch Int.random(in: 0..<9, using: &random) {
        case 0: proof.hashes = changed(proof.hashes)
        case 1: proof.index = number(near: proof.index)
        case 2: proof.size = number(near: proof.size)
        case 3: root = roots.randomElement(using: &random) ?? root
        case 4: leaf = flipped(tree.leaves.randomElement(using: &random) ?? leaf)
        default: break
        }
        let holds = (try? proof.verify(leaf: leaf, root: root)) != nil
        return (
            line(
                "inclusion", "\"index\":\(proof.index),\"size\":\(proof.size)", proof.hashes, leaf, root), holds
        )
    }

    private mutating func consistency() -> (String, Bool) {
        let new = Int.random(in: 0..<roots.count, using: &random)
        let old = Int.random(in: 0...new, using: &random)
        var proof = tree.consistencyProof(from: old, to: new)
        var (first, second) = (roots[old], roots[new])
        switch Int.random(in: 0..<9, using: &random) {
        case 0: proof.hashes = changed(proof.hashes)
        case 1: proof.oldSize = number(near: proof.oldSize)
        case 2: proof.newSize = number(near: proof.newSize)
        case 3: first = roots.randomElement(using: &random) ?? first
        case 4: second = flipped(second)
        default: break
        }
        let holds = (try? proof.verify(oldRoot: first, newRoot: second)) != nil
        return (
            line(
                "consistency", "\"old\":\(proof.oldSize),\"new\":\(proof.newSize)", proof.hashes, first, second), holds
        )
    }

    private mutating func number(near value: Int64) -> Int64 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: value + Int64.random(in: -3...3, using: &random)
        case 1: value ^ 1 << Int64.random(in: 0..<8, using: &random)
        case 2: Int64.random(in: .min ... .max, using: &random)
        default: [0, -1, .max, .max - 1, .min].randomElement(using: &random) ?? 0
        }
    }

    private mutating func flipped(_ hash: MerkleHash) -> MerkleHash {
        var bytes = hash.bytes
        bytes[Int.random(in: 0..<32, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return MerkleHash(bytes) ?? hash
    }

    /// A bit flipped, one left out, one more, two exchanged, the order turned, or far too many.
    private mutating func changed(_ hashes: [MerkleHash]) -> [MerkleHash] {
        var hashes = hashes
        let place = hashes.isEmpty ? 0 : Int.random(in: 0..<hashes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where !hashes.isEmpty: hashes[place] = flipped(hashes[place])
        case 1 where !hashes.isEmpty: hashes.remove(at: place)
        case 2: hashes.insert(flipped(.emptyRoot), at: place)
        case 3 where hashes.count > 1: hashes.swapAt(place, (place + 1) % hashes.count)
        case 4: hashes.reverse()
        default: hashes += (0..<70).map { MerkleHash.leaf([UInt8($0)]) }
        }
        return hashes
    }

    private func line(
        _ kind: String, _ numbers: String, _ hashes: [MerkleHash], _ first: MerkleHash, _ second: MerkleHash
    ) -> String {
        let list = hashes.map { "\"\(base64($0))\"" }.joined(separator: ",")
        return "{\"kind\":\"\(kind)\",\(numbers),\"hashes\":[\(list)],"
            + "\"first\":\"\(base64(first))\",\"second\":\"\(base64(second))\"}"
    }

    private func base64(_ hash: MerkleHash) -> String { Data(hash.bytes).base64EncodedString() }
}
