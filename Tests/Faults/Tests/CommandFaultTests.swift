import FaultLaboratory
import Foundation
import Testing

/// Goal: whichever call of a writing command fails, what was acknowledged stays, and the command's answer is true.
/// Method: the calls of a whole run are counted; then one call after the other fails once, each on a fresh copy of a
/// small ledger, and fresh processes judge what is left. A test run takes a sample; `Tools/soak_faults` takes them all,
/// by way of the environment:
///
///     MEMLEDGER_FAULT_CASES=20|all   calls of each command, spread over all of them
///     MEMLEDGER_FAULT_KINDS=eio,…    in place of the kinds of a test run
///     MEMLEDGER_FAULT_COMMANDS=add,… in place of all commands
///     MEMLEDGER_FAULT_SEED=N         which call of each stretch it is
@Suite(.enabled(if: FaultInterposer.isSupported, "LD_PRELOAD is Linux's")) struct CommandFaultTests {
    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment["MEMLEDGER_FAULT_" + name]
    }

    private static let seed = variable("SEED").flatMap { UInt64($0) } ?? 20_260
    private static let commands = variable("COMMANDS").map { list in
        FaultedCommand.all.filter { list.split(separator: ",").contains(Substring($0.name)) }
    }

    /// The kinds of fault of a test run, with how many calls of each command they are tried at.
    private static let sample: [(kind: String, cases: Int)] = [("eio", 10), ("kill", 3)]

    private static func runs() throws -> [(kind: FaultSort, cases: Int)] {
        for name in variable("COMMANDS")?.split(separator: ",") ?? [] {
            try #require(FaultedCommand.all.contains { $0.name == name }, "\(name) is no faulted command")
        }
        let names = variable("KINDS")?.split(separator: ",").map { (kind: String($0), cases: 12) } ?? sample
        return try names.map { name, cases in
            let kind = try #require(FaultSort.all.first { $0.name == name }, "\(name) is no kind of fault")
            return (kind, variable("CASES").map { Int($0) ?? .max } ?? cases)
        }
    }

    /// One call of each stretch, so that calls that alternate are all met.
    private static func sample(of calls: Int, cases: Int, _ random: inout SplitMix) -> [Int] {
        guard cases < calls else { return Array(1...max(1, calls)) }
        let stride = (calls + cases - 1) / cases
        return Swift.stride(from: 1, through: calls, by: stride).map {
            Int.random(in: $0...min(calls, $0 + stride - 1), using: &random)
        }
    }

    /// Unbuffered, for who watches a long run, and for the summary of `Tools/soak_faults`.
    private static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    @Test(arguments: commands ?? FaultedCommand.all)
    func whicheverCallFailsTheAnswerIsTrue(command: FaultedCommand) async throws {
        let judge = try await FaultJudge(BaseLedger.shared(), command)
        var findings: [String] = []
        for (kind, cases) in try Self.runs() {
            let calls = try await judge.calls(kind)
            try #require(calls > 0)
            // Each kind begins with the seed, so that one kind alone meets the same calls again.
            var random = SplitMix(seed: Self.seed)
            let sample = Self.sample(of: calls, cases: cases, &random)
            let before = findings.count
            for call in sample {
                let found = try await judge.findings(at: call, kind)
                for finding in found { Self.say("finding: " + finding.split(separator: "\n").joined(separator: " ")) }
                findings += found
            }
            let found = findings.count - before
            Self.say("faults: \(command.name) \(kind.name): \(sample.count) of \(calls) calls, \(found) findings")
        }
        #expect(findings.isEmpty, "seed \(Self.seed):\n\(findings.joined(separator: "\n"))")
    }
}
