import EventLog

/// Lines that would overturn what this ledger has decided about itself.
extension EventImporter {
    /// What becomes of a line: one in the ledger's own streams, or of a type that speaks for the ledger as a whole, is
    /// not appended, unless the type's module says otherwise.
    mutating func decision(on line: EventLine, _ number: Int) async throws -> ImportDecision {
        let definition = ledger.events[line.event.type]
        switch definition?.importing ?? .taken {
        case .taken: return isForeign(line) ? .leftOut : .taken
        case .leftOut: return .leftOut
        case .decided: break
        }
        guard let module = ledger.events.module(of: line.event.type), !line.event.isErased else { return .leftOut }
        // One that is here already is a duplicate, whatever it says.
        if try await log.event(id: line.event.id) != nil { return .taken }
        // What it is about comes before it.
        try await appendBatch()
        do {
            return try await module.decision(on: line, ledger)
        } catch let refusal as ImportRefusal {
            throw EventImportError(.refused, line: number, "Line \(number): \(refusal.reason)")
        }
    }

    /// A line in a stream of the ledger as a whole, which is no import's, or in a stream of another module than its
    /// type's. An unknown type in a module's stream is none: the module may come.
    private func isForeign(_ line: EventLine) -> Bool {
        let module = ledger.events.module(of: line.event.type)?.name
        guard line.stream.beginsWithDollar else { return module.map { $0 != StreamFamily.memories } ?? false }
        guard let family = StreamFamily.name(of: line.stream) else {
            return !line.stream.rawValue.utf8.starts(with: MemoryStream.importPrefix.utf8)
        }
        return module?.hasSameBytes(as: family) == false
    }
}

extension LedgerModule {
    fileprivate func decision(on line: EventLine, _ ledger: MemoryLedger) async throws -> ImportDecision {
        let event = RecordedEvent(line.event, in: line.stream)
        // A body that cannot be read decides nothing here.
        guard let body = try? ledger.events.body(of: event) as? Event else { return .leftOut }
        return try await decideImport(body, in: line.stream, ledger)
    }
}
