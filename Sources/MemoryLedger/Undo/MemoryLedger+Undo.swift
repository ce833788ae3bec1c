public import EventLog

extension MemoryLedger {
    /// How often a plan is made again because others wrote meanwhile.
    private static let maximumUndoAttempts = 8

    /// What undoing events would do. Nothing is written.
    ///
    ///     let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer", since: .time(yesterday))))
    ///     for change in plan.changes { print(change.kind, change.memory) }
    ///     try await ledger.undo(plan, by: Attribution(actor: "me"))
    ///
    /// - Throws: `EventLogError.unknownMoment` for an id or a moment that the log does not have;
    ///   `MemoryLedgerError.cannotUndo` where an event that is named is a counted read, has been undone already or was
    ///   erased, or where there are more events than `UndoPlan.maximumEvents`.
    public func planUndo(_ selection: UndoSelection) async throws -> UndoPlan {
        try await planUndo(selection, position: nil)
    }

    private func planUndo(_ selection: UndoSelection, position: Position?) async throws -> UndoPlan {
        try await flushReads()
        let head = try await log.head()
        var planner = UndoPlanner(self, selection, position: position ?? head)
        return try await planner.make()
    }

    /// Appends a plan's compensating events. Each names the event that it undoes as its cause; nothing is deleted.
    ///
    /// All are appended together, or none, where they are no more than `EventLogLimits.appendEvents`; else in pieces
    /// of that size, the latest first. They are appended only where every memory that the plan looked at is as it saw
    /// it. Where others have written meanwhile the plan is made again, and appended if it does the same.
    ///
    /// - Parameters:
    ///   - isPartial: Undo the rest where there are conflicts. Otherwise nothing is appended then.
    ///   - attribution: Who does it, for which request; its causation is not used.
    /// - Throws: `MemoryLedgerError` with `cannotUndo` where there are conflicts, `planOutdated` where the plan would
    ///   not do the same any more: make it again and look at it.
    @discardableResult
    public func undo(
        _ plan: UndoPlan, isPartial: Bool = false, by attribution: Attribution = Attribution()
    ) async throws -> UndoReport {
        guard plan.conflicts.isEmpty || isPartial else {
            throw MemoryLedgerError(
                .cannotUndo,
                "\(plan.conflicts.count) events cannot be undone without losing later work, the first because: "
                    + "\(plan.conflicts[0].reason) Undo the rest by asking for a part, or undo the later work first.",
                memory: plan.conflicts[0].memory)
        }
        var plan = plan
        for _ in 0..<Self.maximumUndoAttempts {
            try await flushReads()
            do {
                let positions = try await append(plan, attribution)
                return UndoReport(events: plan.events, positions: positions, conflicts: plan.conflicts)
            } catch let error as EventLogError where error.code == .conflict {
                let again = try await planUndo(plan.selection, position: plan.position)
                guard try again.doesTheSame(as: plan) else { throw Self.outdated(error.stream) }
                plan = again
            }
        }
        throw MemoryLedgerError(
            .contention, "Others wrote \(Self.maximumUndoAttempts) times in between; try again.")
    }

    private static func outdated(_ stream: StreamName?) -> MemoryLedgerError {
        MemoryLedgerError(
            .planOutdated,
            "Others have written since the plan was made, and it would do something else now; make it again.",
            memory: stream.flatMap { MemoryStream.memory($0) })
    }

    // MARK: Appending

    private func append(_ plan: UndoPlan, _ attribution: Attribution) async throws -> [Position] {
        var versions = plan.versions
        var positions: [Position] = []
        for piece in pieces(of: plan.steps) {
            var appends = versions.sorted { $0.key < $1.key }.map { stream, version in
                StreamAppend(stream, version == 0 ? .mustNotExist : .atVersion(version))
            }
            let now = options.clock.now()
            for step in piece {
                var attribution = attribution
                attribution.causationID = step.cause.description
                for (stream, body) in step.events {
                    let new = try events.newEvent(body, id: options.ids.next(at: now), at: now, by: attribution)
                    appends.append(StreamAppend(stream, events: [new]))
                    versions[stream, default: 0] += 1
                }
            }
            do {
                positions += try await log.append(appends).positions
            } catch let error as EventLogError where error.code == .conflict && !positions.isEmpty {
                // The first pieces are done: what is left is another plan.
                throw Self.outdated(error.stream)
            }
        }
        return positions
    }

    /// Steps whose events fit into one append.
    private func pieces(of steps: [UndoStep]) -> [[UndoStep]] {
        var pieces: [[UndoStep]] = []
        var count = 0
        for step in steps {
            if count + step.events.count > log.limits.appendEvents || pieces.isEmpty {
                pieces.append([])
                count = 0
            }
            pieces[pieces.count - 1].append(step)
            count += step.events.count
        }
        return pieces
    }
}
