public import EventLog
public import MemoryLedger

/// Takes events of blocks back, but brings no block into a context that has another one of its label by now.
struct BlocksUndo: ModuleUndo {
    private let ledger: MemoryLedger
    private var streams: StreamUndo<Block>

    init(in ledger: MemoryLedger) {
        self.ledger = ledger
        streams = StreamUndo(in: ledger)
    }

    var versions: [StreamName: StreamVersion] { streams.versions }
    var changes: [any SubjectChange] { streams.changes }
    var changesNothing: Bool { streams.changesNothing }

    func standIn(for event: RecordedEvent) async throws -> RecordedEvent? { try await streams.standIn(for: event) }
    func check(_ steps: [UndoStep]) throws { try streams.check(steps) }

    mutating func undo(_ event: RecordedEvent, isNamed: Bool) async throws -> UndoOutcome {
        let standing = streams.standing(of: event.stream)
        let before = streams.planned(event.stream) ?? nil
        let outcome = try await streams.undo(event, isNamed: isNamed)
        guard case .undone(let steps, let conflicts) = outcome, !steps.isEmpty,
            let key = BlocksModule.family.subject(event.stream), let block = streams.planned(event.stream) ?? nil,
            before.map({ !$0.label.utf8.elementsEqual(block.label.utf8) || $0.holders != block.holders }) ?? true,
            let holder = try await holder(of: block, key)
        else { return outcome }
        streams.restore(event.stream, to: standing)
        let conflict = UndoConflict(
            event: EventReference(event), memory: key, field: "label", changedBy: nil,
            reason: "There is another block \(block.label) in the context of \(holder.words); rename or delete it "
                + "first.")
        return .undone([], conflicts: conflicts + [conflict])
    }

    /// One whose context has another block of the label, with all that the plan takes back.
    private func holder(of block: Block, _ key: MemoryKey) async throws -> BlockHolder? {
        func isTaken(by other: Block?, _ holder: BlockHolder) -> Bool {
            guard let other, other.label.utf8.elementsEqual(block.label.utf8) else { return false }
            return other.holders.contains(holder)
        }
        for holder in block.holders {
            for stream in streams.lookedAt where isTaken(by: streams.planned(stream) ?? nil, holder) {
                let subject = BlocksModule.family.subject(stream)
                if subject?.namespace == key.namespace, subject != key { return holder }
            }
            let standing = try await ledger.readTables { try BlockRows.list(of: holder, key.namespace, $0) }
            for other in standing where other.id != key.key && isTaken(by: other.block, holder) {
                if streams.planned(BlocksModule.family.stream(key.namespace, other.id)) == nil { return holder }
            }
        }
        return nil
    }
}

extension BlocksModule {
    public func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo { BlocksUndo(in: ledger) }
}
