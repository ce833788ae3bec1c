import EventLog
import LedgerStorage

/// Which texts stood from when to when, and which memories searches leave out.
extension MemoryWriter {
    /// Keeps what a memory's text was up to the event, before the row or the content that waits is changed.
    func endText(of state: MemoryState, _ slot: KeySlot) throws {
        guard let content = state.content else {
            let end = try rows(.endText)
            end.bind(1, state.id)
            end.bind(2, position)
            return try end.run()
        }
        let end = try rows(.endWaitingText)
        end.bind(1, state.id)
        end.bind(2, position)
        end.bind(3, slot.memory.namespace)
        end.bind(4, slot.memory.key)
        try content.run(end, bindingFrom: 5, .keywords)
    }

    /// From this event on a memory has the text that it is given.
    func beginText(of state: MemoryState) throws {
        if let expiresAt = state.expiresAt {
            let expire = try rows(.expireText)
            expire.bind(1, position)
            expire.bind(2, expiresAt)
            try expire.run()
        }
        guard state.id != position else { return }
        let begin = try rows(.beginText)
        begin.bind(1, state.id)
        begin.bind(2, position)
        try begin.run()
        state.hasChangedText = true
    }

    /// The memory is gone, and so is its text from now on.
    func endTexts(of state: MemoryState, _ slot: KeySlot) throws {
        try endText(of: state, slot)
        // One that was read from its row may have.
        guard state.hasChangedText ?? true else { return }
        let forget = try rows(.forgetStanding)
        forget.bind(1, state.id)
        try forget.run()
    }

    /// Leaves nothing of what a memory's texts were.
    func eraseTexts(of memory: Int64) throws {
        try need(["idx_ended_texts_memory"])
        let erase = try rows(.eraseTexts)
        erase.bind(1, memory)
        try erase.run()
    }

    // MARK: Statuses

    /// A status that an event sets hides a memory from searches, or shows it again. One that was there before, by an
    /// import say, means nothing, also if it is set once more.
    func noteStatus(_ prepared: PreparedMemoryEvent, before: MemoryStatus?, _ slot: KeySlot) throws {
        switch prepared.body {
        case .metaSet:
            guard let state = slot.state, let before, state.status != before else { return }
            if state.status != .active {
                let hide = try rows(.hide)
                hide.bind(1, state.id)
                hide.bind(2, position)
                return try hide.run()
            }
            let end = try rows(.endHiding)
            end.bind(1, state.id)
            end.bind(2, position)
            try end.run()
            let show = try rows(.show)
            show.bind(1, state.id)
            try show.run()
        case .restored(let restoration):
            guard let state = slot.state, state.status != .active, let old = restoration.restoredID else { return }
            let hide = try rows(.hideAsBefore)
            hide.bind(1, old)
            hide.bind(2, state.id)
            hide.bind(3, position)
            try hide.run()
        default: return
        }
    }
}

extension MemoryChange {
    /// It changes what a search looks at.
    var changesText: Bool {
        domain != nil || summary != nil || text != nil || type != nil || keywords != nil
    }
}
