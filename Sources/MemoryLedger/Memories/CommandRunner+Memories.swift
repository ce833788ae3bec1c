import EventLog
import Projections

extension CommandRunner {
    /// Decides on memories and appends; decides again if others were faster.
    ///
    /// - Returns: the version of each appended event in its stream.
    /// - Throws: as `append(about:_:outrun:)`.
    @discardableResult
    func commit(
        by attribution: Attribution, settling memories: [MemoryKey], _ decide: (inout Decision) throws -> Void
    ) async throws -> [StreamVersion] {
        try await parts.counter.settle(
            memories.contains(where: \.hasPrefix) ? memories.flatMap(\.meanings) : memories)
        var known: [StreamName: StreamVersion] = [:]
        var wasOutrun = false
        let result = try await append(about: memories.first) {
            try await parts.store.bringUp()
            var decision = Decision(parts, attribution, known)
            try decide(&decision)
            guard !decision.appends.isEmpty else { return [] }
            try decision.insistOnMeanings()
            return decision.appends
        } outrun: { error, appends in
            guard let stream = error.stream, let found = error.found else { throw error }
            known[stream] = found
            // Streams whose memories are gone are not in the projection. There may be many more in a batch.
            if wasOutrun { try await learnVersions(of: appends, &known) }
            wasOutrun = true
        }
        return result?.versions ?? []
    }

    private func learnVersions(of appends: [StreamAppend], _ known: inout [StreamName: StreamVersion]) async throws {
        for append in appends where append.condition == .mustNotExist && known[append.stream] == nil {
            let version = try await parts.log.version(of: append.stream)
            if version > 0 { known[append.stream] = version }
        }
    }
}

extension LedgerParts {
    /// An event of a memory to append.
    ///
    /// - Parameter occurred: when it happened; nil: now.
    func newEvent(
        _ event: MemoryEvent, at now: Timestamp, occurred: Timestamp? = nil, by attribution: Attribution
    ) throws -> NewEvent {
        var new = NewEvent(
            id: options.ids.next(at: now), type: event.type, schemaVersion: MemoryEvent.schemaVersion,
            payload: try event.payload(), occurredAt: occurred ?? now, attribution: attribution)
        // Here, and not in the transaction, for which others wait; tables that follow a log read it from there.
        if store.isInline { new.prepared = PreparedMemoryEvent.of(event) }
        return new
    }
}
