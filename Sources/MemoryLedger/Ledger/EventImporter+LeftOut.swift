import EventLog

/// Lines that would overturn what this ledger has decided about itself.
extension EventImporter {
    /// What becomes of a line: one in the ledger's own streams, or of a type that speaks for the ledger as a whole, is
    /// not appended, unless the type's module says otherwise.
    mutating func decision(on line: EventLine, _ number: Int) async throws -> ImportDecision {
        let definition = ledger.events[line.event.type]
        switch definition?.importing ?? .taken {
        case .taken: return Self.isOwn(line.stream) ? .leftOut : .taken
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

    /// A stream of the ledger as a whole, and neither of a module's subjects nor of an import.
    private static func isOwn(_ stream: StreamName) -> Bool {
        stream.rawValue.utf8.first == UInt8(ascii: "$") && StreamFamily.name(of: stream) == nil
            && !stream.rawValue.utf8.starts(with: MemoryStream.importPrefix.utf8)
    }
}

extension LedgerModule {
    fileprivate func decision(on line: EventLine, _ ledger: MemoryLedger) async throws -> ImportDecision {
        // A body that cannot be read decides nothing here.
        guard let body = try? Event.read(line.event.type, line.event.payload) else { return .leftOut }
        return try await decideImport(body, in: line.stream, ledger)
    }
}
