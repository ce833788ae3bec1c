import EventLog

/// What an event of a memory's stream makes of the memory that its key holds.
///
/// It is said here once: the projector carries it out on its tables, `PastMemory` on values. What the import of a row
/// does depends on other rows, so only what it puts there is shared (`MemoryState.imported`).
enum MemoryFold {
    /// What is to be done with the content and the links.
    enum Effect {
        case nothing
        /// Another memory is there from now on, in the place of the one that the key holds, if any.
        case begin(MemoryState, MemoryContent)
        /// The memory is gone, and its links are.
        case end
        /// It goes to another key of the namespace.
        case leave(to: String)
        case change(MemoryChange)
        /// As `[MemoryLink].connect`.
        case link(MemoryLink)
        /// As `[MemoryLink].disconnect`.
        case unlink(key: String, type: String?, term: String?)
    }

    /// Notes an event in the state of the standing memory, if there is one, and says what else is to be done.
    // It takes part in every replay: inlined, the effect is never put together.
    @inline(__always)
    static func apply(_ body: MemoryEvent, of event: RecordedEvent, to state: MemoryState?) -> Effect {
        if let state {
            if case .legacyImportStarted = body { return .nothing }
            state.isDirty = true
            state.version = event.version
            switch body {
            case .accessed:
                state.accessCount += 1
                state.lastAccessedAt = event.occurredAt.milliseconds
                return .nothing
            case .traversed:
                state.traverseCount += 1
                state.lastLinkedAt = event.occurredAt.milliseconds
                return .nothing
            // What came of the row has its content's version from there.
            case .legacyRowImported: return .nothing
            default: state.contentVersion = event.version
            }
        }
        switch body {
        case .added(let content, _), .replaced(let content, _): return .begin(MemoryState(madeBy: event), content)
        case .restored(let restoration):
            let made = MemoryState(madeBy: event)
            made.set(restoration.statistics)
            made.expiresAt = restoration.expiresAt?.milliseconds
            return .begin(made, restoration.content)
        default: break
        }
        guard let state else { return .nothing }
        switch body {
        case .deleted: return .end
        case .renamed(let newKey): return .leave(to: newKey)
        case .metaSet(let values):
            state.set(values)
            return .nothing
        case .updated(let change, _):
            state.sourceRow = nil
            return .change(change)
        case .linked(let link):
            state.sourceRow = nil
            return .link(link)
        case .unlinked(let key, let type, let term):
            state.sourceRow = nil
            return .unlink(key: key, type: type, term: term)
        case .added, .replaced, .restored, .nameTaken, .accessed, .traversed, .legacyRowImported, .legacyImportStarted:
            return .nothing
        }
    }
}

extension MemoryEvent {
    /// Whether the event's actor counts as one of those whom the memory comes from, and what is said of that.
    var contribution: (countsActor: Bool, said: Provenance?) {
        switch self {
        case .added(_, let provenance), .replaced(_, let provenance), .updated(_, let provenance): (true, provenance)
        case .restored(let restoration): (true, restoration.provenance)
        case .linked, .unlinked: (true, nil)
        default: (false, nil)
        }
    }
}

extension MemoryState {
    /// A memory that an event makes.
    convenience init(madeBy event: RecordedEvent) {
        self.init(id: event.position, at: event.occurredAt.milliseconds, version: event.version)
    }

    /// Notes what a writer says of where the memory comes from.
    ///
    /// - Parameter sourceID: the row of `origins` of the source that is said, if there are tables.
    func note(_ said: Provenance, sourceID: Int64? = nil) {
        let merged = said.changing(provenance?.value)
        provenance = StoredProvenance(shown: merged, sourceID: sourceID ?? provenance?.sourceID)
        isDirty = true
    }
}

extension LegacyRowImport {
    /// A row's memory is there after the import: it had not expired by then, or is kept all the same.
    func shows(_ legacy: LegacyMemory) -> Bool {
        keepExpired || legacy.expiresAt.map { $0 > importedAt } ?? true
    }
}
