import EventLog

extension MemoryWriter {
    /// Takes erased memories away. Those that had left their stream before are not there any more; what the events of
    /// all of them leave in the tables is what `MemoryEvent.erased` makes of them, once the tables are rebuilt.
    func erase(_ erased: ErasedSubjects) throws {
        for subject in erased.subjects where subject.isCurrent && subject.memory != nil {
            let slot = try slot(subject.stream)
            let memory = slot.state?.id
            try noteFormer(slot)
            try remove(slot)
            if let memory { try eraseTexts(of: memory) }
        }
        try settleLinks()
    }
}
