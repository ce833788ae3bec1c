import EventLog
import LedgerStorage
import Synchronization

/// Which versions of texts have ended, a bit for each position: of a million matches most can be told by it without a
/// look into the tables.
final class EndedTexts: Sendable {
    /// What was known in a snapshot of the tables. It may have more than these: what has ended since.
    struct Known {
        fileprivate let bits: [UInt64]
        /// It has no more: what it has has ended.
        let isCurrent: Bool

        var isEmpty: Bool { bits.isEmpty }

        func mayHave(_ began: Position) -> Bool {
            let (word, bit) = (Int(began >> 6), began & 63)
            return word < bits.count && bits[word] >> bit & 1 == 1
        }
    }

    private struct State {
        var basis = TextIndexBasis()
        var bits: [UInt64] = []
        /// The last event that ended one of them.
        var last: Position = 0
    }

    private let state = Mutex(State())

    /// As a snapshot of the tables has it, which is of the basis and stands at the head.
    func known(_ basis: TextIndexBasis, head: Position, _ sqlite: SQLiteConnection) throws -> Known {
        try state.withLock { state in
            if state.basis != basis { state = State(basis: basis) }
            let row = try sqlite.statement("SELECT began, ended FROM ended_texts WHERE ended >= ? ORDER BY ended")
            row.bind(1, state.last)
            defer { row.reset() }
            while try row.step() {
                let (began, ended) = (row.int64(0), row.int64(1))
                guard began > 0, began <= head else { continue }
                let word = Int(began >> 6)
                if word >= state.bits.count {
                    state.bits.append(contentsOf: repeatElement(0, count: word + 1 - state.bits.count))
                }
                state.bits[word] |= 1 << UInt64(began & 63)
                state.last = max(state.last, ended)
            }
            return Known(bits: state.bits, isCurrent: state.last <= head)
        }
    }
}
