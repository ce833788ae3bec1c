import EventLog
import LedgerStorage

/// Comparing a generation that is being built with the serving one, at a position where both stand.
extension ProjectionStore {
    /// Brings the builder to the position of a snapshot of the serving tables, and compares the digests of both, each
    /// on a core of its own and without the writer lock.
    ///
    /// - Parameters:
    ///   - isWanted: otherwise nothing is compared, and the outcomes say so.
    ///   - isToServe: what the builder would replace besides is compared, too.
    ///   - thenIndex: make the new generation's indexes meanwhile.
    func compare(
        _ builder: GenerationBuilder, _ reader: any EventFeed, isWanted: Bool = true, isToServe: Bool = false,
        thenIndex: Bool
    ) async throws -> VerificationReport {
        let snapshot = try ServingSnapshot(database)
        let besides = isWanted && isToServe ? try builder.replacedBesides(snapshot) : []
        let projections = builder.projections + besides
        let obstacles = try snapshot.read { sqlite in
            try projections.map {
                isWanted ? try $0.obstacle(toComparingAt: snapshot.head, sqlite) : "it was not asked for"
            }
        }
        let comparable = zip(projections, obstacles).filter { $1 == nil }.map(\.0)
        let tables = comparable.flatMap(\.schema.sources)
        if !tables.isEmpty {
            while builder.position < snapshot.head {
                try Task.checkCancellation()
                let page = try reader.page(limit: Self.batchEvents, through: snapshot.head)
                guard !page.isEmpty else {
                    throw EventLogError.damagedLog(at: builder.position + 1, "the event is missing")
                }
                try await builder.apply(builder.prepare(page))
            }
        }
        async let serving = snapshot.digests(of: tables)
        let rebuilt = try await builder.digests(of: tables)
        if thenIndex { try await builder.createIndexes() }
        let difference = try difference(comparable, snapshot, try await serving, builder, rebuilt)
        let differing = Set(difference?.tables.map { ByteText($0.projection) } ?? [])
        let comparisons = zip(projections, obstacles).map { projection, obstacle in
            ProjectionComparison(
                projection: projection.name,
                outcome: obstacle.map { .notCompared($0) }
                    ?? (differing.contains(projection.key) ? .different : .equal))
        }
        return VerificationReport(position: snapshot.head, comparisons: comparisons, difference: difference)
    }

    private func difference(
        _ projections: [Projection], _ snapshot: ServingSnapshot, _ serving: [String: String],
        _ builder: GenerationBuilder, _ rebuilt: [String: String]
    ) throws -> GenerationDifference? {
        guard serving != rebuilt else { return nil }
        var tables: [TableDifference] = []
        for projection in projections {
            for table in projection.schema.sources {
                guard let ours = serving[table.name], let theirs = rebuilt[table.name], ours != theirs else { continue }
                var difference = TableDifference(
                    projection: projection.name, table: table.name, servingDigest: ours, rebuiltDigest: theirs)
                try builder.read { rebuilt in
                    try snapshot.read {
                        try TableComparison.fill(&difference, of: table, serving: $0, rebuilt: rebuilt)
                    }
                }
                tables.append(difference)
            }
        }
        return GenerationDifference(position: snapshot.head, tables: tables.sorted { $0.table < $1.table })
    }
}

extension Projection {
    /// Why there is nothing to compare its next generation with; nil where there is.
    func obstacle(toComparingAt head: Position, _ sqlite: SQLiteConnection) throws -> String? {
        guard let state = try ProjectionState.load(self, sqlite) else { return "it had not been built" }
        guard state.version == version else {
            return "it was of version \(state.version), and this is version \(version)"
        }
        guard try schema.exists(sqlite) else { return "its tables were missing" }
        guard state.position == head else {
            return "it stood at position \(state.position), and the log at \(head)"
        }
        return nil
    }
}

extension [Projection] {
    /// What builds them, each once, in their order.
    var projectors: [any Projector] {
        var seen: Set<ByteText> = []
        return map(\.projector).filter { seen.insert($0.key).inserted }
    }
}
