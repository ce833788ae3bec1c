package import EventLog
import LedgerStorage
import Logging

/// Rebuilding: the next generation's tables are built in a database beside the ledger, while the serving ones answer
/// and follow the log; it is compared with the serving one, and in one last transaction it catches up and takes its
/// place.
///
///     serving ──────────────────────────── snapshot ─────────────────────────────────▶ former
///                                           ║ equal?
///     beside   created ─▶ batch ─▶ … ─▶ at its position, indexes ─▶ rest of the log ─▶ copied, serving
///                                           ╚═▶ differs: kept as `<ledger>-rebuild-differs`; the serving one stays
///
/// Killed anywhere before the last commit, the serving generation serves, and the next rebuild clears away the rest.
extension ProjectionStore {
    /// Rebuilds projections from the log; all of them where no names are given. Their projectors' other projections are
    /// built, too, and left alone where they can stay.
    ///
    /// - Parameter settingAside: an event that a projector refuses becomes a dead letter of the new generation.
    /// - Throws: `digestMismatch` with the rows where a serving table that would be replaced is of the same version, is
    ///   not what the log says, and the policy is to refuse; `unknownProjection`, `busy` where another rebuild is under
    ///   way, or what the projectors throw. The serving tables are untouched then.
    @discardableResult
    package func rebuild(
        _ names: [String]? = nil, onDifference policy: DifferencePolicy = .refuse, settingAside: Bool = false,
        _ progress: RebuildProgress = { _ in }
    ) async throws -> RebuildReport {
        let chosen = try chosen(names)
        try await takeOver()
        let lock = try await RebuildLock(database)
        defer { lock.release() }
        let logger = database.settings.logger
        logger.info("Rebuilding projections", metadata: ["projections": "\(chosen.map(\.name))"])
        SideDatabase.removeFiles(differingPath)
        let start = monotonicTime()
        let (builder, reader) = try await buildGeneration(of: chosen, settingAside, since: start, progress)
        defer { builder.discard() }
        for _ in 1...Self.maximumComparisons {
            let comparison = try await compare(
                builder, reader, isWanted: policy != .ignore, isToServe: true, thenIndex: true)
            if let difference = comparison.difference, policy == .refuse {
                try builder.keep(at: differingPath)
                throw EventLogError.digestMismatch(difference, keptAt: differingPath)
            }
            // What came while the two were compared; the rest of it, under the lock, is little then.
            try await build(builder, reader, since: start, progress)
            do {
                let report = try await swapIn(builder, comparison, isCompared: policy != .ignore)
                logger.info("Rebuilt projections", metadata: ["events": "\(builder.position)"])
                return report
            } catch is GenerationBuilder.NotCompared {
                continue
            }
        }
        throw EventLogError(
            .busy,
            "What is built together with \(chosen.map(\.name).joined(separator: ", ")) changed while it was compared; "
                + "try again, or rebuild all projections.")
    }

    /// How often the generations are compared, if what is to be replaced is not what was compared.
    private static let maximumComparisons = 3

    private func swapIn(
        _ builder: GenerationBuilder, _ comparison: VerificationReport, isCompared: Bool
    ) async throws -> RebuildReport {
        let compared = isCompared ? comparison.comparisons : nil
        let (states, others, skipped) = try await database.onWriter { [database] sqlite in
            let (states, others) = try builder.swapIn(database.committed(sqlite), sqlite, compared: compared)
            let skipped = try states.flatMap { try DeadLetters.letters(of: $0, sqlite) }
            return (states, others, skipped)
        }
        return RebuildReport(
            projections: states, events: builder.position,
            comparisons: comparison.comparisons.prefix(builder.projections.count) + others,
            difference: comparison.difference, skipped: skipped)
    }

    /// How often a generation is built again for one refused event more. Beyond it all that is refused in one building
    /// is set aside at once, since building it takes its time.
    private static let maximumCarefulBuildings = 16

    /// The next generation, with the log up to where it is now. A writer that refused an event may hold half of it, so
    /// the generation is built again without what was refused.
    private func buildGeneration(
        of projections: [Projection], _ isSettingAside: Bool, since start: Duration, _ progress: RebuildProgress
    ) async throws -> (GenerationBuilder, any EventFeed) {
        var setAside: GenerationBuilder.Refusals? = isSettingAside ? [:] : nil
        var buildings = 0
        while true {
            buildings += 1
            let builder = try await GenerationBuilder.begin(
                projections, self, settingAside: setAside,
                stopsAtRefusal: isSettingAside && buildings <= Self.maximumCarefulBuildings,
                in: SideDatabase(beside: database.path))
            do {
                let reader = try log.makeFeed(after: 0)
                try await build(builder, reader, since: start, progress)
                let refusals = try builder.refusals()
                guard isSettingAside, refusals != setAside else { return (builder, reader) }
                setAside = refusals
            } catch {
                builder.discard()
                throw error
            }
            builder.discard()
        }
    }

    /// Where the rebuilt generation is kept that differs from the serving one, until the next rebuild.
    package var differingPath: String { database.path + "-rebuild-differs" }

    /// Applies the log up to where it is now.
    package func build(
        _ builder: GenerationBuilder, _ reader: any EventFeed, since start: Duration, _ progress: RebuildProgress
    ) async throws {
        let names = builder.projections.map(\.name)
        var page = builder.prepare(try reader.page(limit: Self.batchEvents))
        while !page.events.isEmpty {
            try Task.checkCancellation()
            // One core reads and prepares the next page while the other applies this one.
            async let next = PreparedEvents.read(reader, limit: Self.batchEvents, builder.prepare)
            try await builder.apply(page)
            page = try await next
            progress(
                RebuildStatus(
                    projections: names, position: builder.position, head: try await log.head(),
                    elapsed: monotonicTime() - start))
        }
    }
}

extension EventLogError {
    static func digestMismatch(_ difference: GenerationDifference, keptAt path: String?) -> EventLogError {
        let tables = difference.tables.map { table in
            table.servingColumns == nil ? "\(table.table) in \(table.count) rows" : "\(table.table) in its columns"
        }
        let what = "The serving tables are not what the log says at position \(difference.position): "
        let kept =
            path.map { "; they stay, and \($0) has the rebuilt ones: look, then rebuild and replace them." } ?? "."
        var error = EventLogError(.digestMismatch, what + tables.joined(separator: ", ") + kept)
        error.difference = difference
        error.difference?.keptPath = path
        error.position = difference.position
        return error
    }
}
