import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: whatever is edited, undone, done again and brought back, a block says what a plain model says, and no branch
/// is lost. Method: 300 changes by chance, beside a tree in arrays; then after a rebuild, and as of former positions.
@Suite struct BlockPropertyTests {
    /// What a block says, as a tree of edits.
    private struct Model {
        var texts = ["start"]
        var parents = [-1]
        /// When each was said last.
        var said = [0]
        var current = 0
        /// The edit that each version says.
        var versions = [0]

        mutating func edit(_ text: String) {
            guard text != texts[current] else { return }
            texts.append(text)
            parents.append(current)
            said.append(0)
            go(to: texts.count - 1)
        }

        mutating func go(to edit: Int) {
            versions.append(edit)
            said[edit] = versions.count
            current = edit
        }

        var undone: Int? { parents[current] < 0 ? nil : parents[current] }
        var redone: Int? {
            texts.indices.filter { parents[$0] == current }.max { said[$0] < said[$1] }
        }
    }

    @Test func aBlockIsATreeOfEdits() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        let block = BlockReference("human", of: .agent("tea"))
        _ = try await context.change(block, .set("start"))
        var model = Model()
        var moments: [(position: Position, text: String)] = []
        for step in 1...300 {
            let change = Self.change(step, &model, &random)
            do {
                let state = try await context.change(block, change.wanted)
                #expect(!change.fails, "seed \(seed), step \(step)")
                #expect(state.block.value.text == model.texts[model.current], "seed \(seed), step \(step)")
                #expect(state.version == Int64(model.versions.count), "seed \(seed), step \(step)")
            } catch let error as AgentContextError {
                #expect(
                    change.fails && [.nothingToUndo, .nothingToRedo].contains(error.code), "seed \(seed): \(error)")
            }
            if Int.random(in: 0..<60, using: &random) == 0 {
                let head = try await (ledger.log as any EventLog).head()
                moments.append((head, model.texts[model.current]))
            }
        }
        for _ in 0..<2 {
            let history = try await ledger.history(of: block, limit: 1_000)
            #expect(history.reversed().map(\.value.text) == model.versions.map { model.texts[$0] }, "seed \(seed)")
            try await ledger.rebuild()
        }
        for (position, text) in moments {
            let then = try await ledger.asOf(.position(position))
            #expect(try await then.block(block).block.value.text == text, "seed \(seed), position \(position)")
        }
        await ledger.close()
    }

    /// The next change, which the model has made, too.
    private static func change(
        _ step: Int, _ model: inout Model, _ random: inout SeededRandom
    ) -> (wanted: BlockChange, fails: Bool) {
        let text = model.texts[model.current]
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            model.edit("set \(step)")
            return (.set("set \(step)"), false)
        case 1:
            // Nothing changes.
            return (.set(text), false)
        case 2:
            model.edit(text + "\nline \(step)")
            return (.append("line \(step)"), false)
        case 3:
            model.edit("first \(step)\n" + text)
            return (.insert("first \(step)", line: 1), false)
        case 4, 5, 6:
            guard let undone = model.undone else { return (.undo, true) }
            model.go(to: undone)
            return (.undo, false)
        case 7, 8:
            guard let redone = model.redone else { return (.redo, true) }
            model.go(to: redone)
            return (.redo, false)
        default:
            let version = Int.random(in: 1...model.versions.count, using: &random)
            model.go(to: model.versions[version - 1])
            return (.restore(version: Int64(version)), false)
        }
    }
}
