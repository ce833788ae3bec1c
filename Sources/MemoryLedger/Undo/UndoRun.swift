import EventLog
import LedgerCapabilities
import Projections

/// Makes plans, and carries one out: made again if others have written meanwhile, as long as it does the same.
///
/// It has the whole ledger because modules are given it to take their events back.
struct UndoRun {
    private let ledger: MemoryLedger

    /// How often a plan is made again because others wrote meanwhile.
    private static let maximumAttempts = 8

    init(_ ledger: MemoryLedger) { self.ledger = ledger }

    /// - Parameter position: of the last event that may be selected; nil: the log's head.
    func plan(_ selection: UndoSelection, at position: Position? = nil) async throws -> UndoPlan {
        try await ledger.flushReads()
        // A plan follows links by the tables, and nothing that it appends would tell that these were behind.
        if ledger.options.file.access != .readOnly { try await ledger.host.bringUp() }
        let head = try await ledger.log.head()
        var planner = UndoPlanner(ledger, selection, position: position ?? head)
        return try await planner.make()
    }

    func carryOut(_ plan: UndoPlan, isPartial: Bool, by attribution: Attribution) async throws -> UndoReport {
        guard plan.conflicts.isEmpty || isPartial else {
            throw MemoryLedgerError(
                .cannotUndo,
                "\(plan.conflicts.count) events cannot be undone without losing later work, the first because: "
                    + "\(plan.conflicts[0].reason) Undo the rest by asking for a part, or undo the later work first.",
                memory: plan.conflicts[0].memory)
        }
        var plan = plan
        for _ in 0..<Self.maximumAttempts {
            try await ledger.flushReads()
            do {
                let positions = try await append(plan, attribution)
                return UndoReport(events: plan.events, positions: positions, conflicts: plan.conflicts)
            } catch let error as EventLogError where error.code == .conflict {
                if let stream = error.stream { ledger.parts.restrictions.forget(stream) }
                let again = try await self.plan(plan.selection, at: plan.position)
                guard try again.doesTheSame(as: plan) else { throw Self.outdated(error.stream) }
                plan = again
            }
        }
        throw MemoryLedgerError(
            .contention, "Others wrote \(Self.maximumAttempts) times in between; try again.")
    }

    private static func outdated(_ stream: StreamName?) -> MemoryLedgerError {
        MemoryLedgerError(
            .planOutdated,
            "Others have written since the plan was made, and it would do something else now; make it again.",
            memory: stream.flatMap { MemoryStream.memory($0) })
    }

    private func append(_ plan: UndoPlan, _ attribution: Attribution) async throws -> [Position] {
        var versions = plan.versions
        var positions: [Position] = []
        var users: [StreamName: [String]] = [:]
        for piece in pieces(of: plan.steps) {
            var appends = versions.sorted { $0.key < $1.key }.map { stream, version in
                StreamAppend(stream, version == 0 ? .mustNotExist : .atVersion(version))
            }
            let now = ledger.options.clock.now()
            for step in piece {
                var attribution = attribution
                attribution.causationID = step.cause.description
                for (stream, body) in step.events {
                    var new = try ledger.events.newEvent(
                        body, id: ledger.options.ids.next(at: now), at: now, by: attribution)
                    // It may say again what any of them said.
                    users[stream] = try users[stream] ?? ledger.protectedUsers(of: stream)
                    new.protectedFor = users[stream] ?? []
                    appends.append(StreamAppend(stream, events: [new]))
                    versions[stream, default: 0] += 1
                }
            }
            do {
                appends += try await ledger.commands.restrictions(on: appends)
                positions += try await ledger.log.append(appends).positions
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
            if count + step.events.count > ledger.log.limits.appendEvents || pieces.isEmpty {
                pieces.append([])
                count = 0
            }
            pieces[pieces.count - 1].append(step)
            count += step.events.count
        }
        return pieces
    }
}
