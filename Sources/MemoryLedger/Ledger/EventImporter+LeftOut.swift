import EventLog

/// Lines that would overturn what this ledger has decided about itself.
extension EventImporter {
    /// What takes effect by its type, whatever stream it is in.
    private static let ownTypes = MemoryEvent.Name.oversight.union(LedgerEvent.Name.all)

    /// True where a line is not appended: it is in one of the ledger's own streams, or of a type that speaks for the
    /// ledger as a whole.
    ///
    /// An erasure that erases nothing here but what came erased is taken, wherever its stream stands: without it, what
    /// it took away would be shown as a memory that says that it was erased.
    mutating func isLeftOut(_ line: inout EventLine) async throws -> Bool {
        let stream = line.stream.rawValue
        let isOwn = stream.utf8.first == UInt8(ascii: "$") && !stream.utf8.starts(with: MemoryStream.importPrefix.utf8)
        guard isOwn || Self.ownTypes.contains(line.event.type) else { return false }
        guard line.event.type == LedgerEvent.Name.subjectErased, line.stream == LedgerEvent.Stream.erasures,
            let erased = try? ErasedSubjects(payload: line.event.payload)
        else { return true }
        if try await log.event(id: line.event.id) != nil { return false }
        // What it is about comes before it.
        try await appendBatch()
        for subject in erased.subjects where try await !isErasedHere(subject) { return true }
        line.version = nil
        return false
    }

    private func isErasedHere(_ subject: ErasedSubject) async throws -> Bool {
        guard let key = subject.memory, try await hasErasedEvents(subject.stream) else { return false }
        guard subject.isCurrent, let memory = try await ledger.includingQuarantined.find(key) else { return true }
        return memory.content == .erased
    }

    private func hasErasedEvents(_ stream: StreamName) async throws -> Bool {
        var next: StreamVersion?
        repeat {
            try Task.checkCancellation()
            let page = try await log.readStream(stream, from: next, direction: .forwards, limit: 256)
            if page.events.contains(where: \.protection.isErased) { return true }
            next = page.next
        } while next != nil
        return false
    }
}
