import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Undo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take events back by events that compensate them.",
        discussion: """
            Names events by their ids, or selects them by who did them, for which request, and when: --since takes \
            what came from a moment on, so that undoing all of it gives the store as of right before it. Shows what will change and asks; \
            --yes does not ask. If it would undo events of more than one actor, or more than \
            \(UndoPlan.maximumEventsUnasked), it says so and asks twice, or wants --all. Nothing is deleted: each compensating event names the one that it undoes as its cause, \
            and can be undone itself.

            What others changed since is never overwritten: it is named, nothing is undone, and the exit status is 3; \
            --partial undoes the rest. Counted reads are left out, and, unless they are named, events of what was erased.

            JSON: {"position", "events", "reads_left_out", "erased", "without_effect", "already_undone", \
            "actors": [{"actor", "events"}], "is_broad", "compensations", "changes": [{"kind", "namespace", "key", "former_key", "replaced", "fields", "links_gained", \
            "links_lost"}], "conflicts": [{"event", "namespace", "key", "field", "changed_by", "reason"}], \
            "positions"}; the last are those of the compensating events, none with --dry-run.

              memledger undo 0199c2a8-1c00-7abc-8def-0123456789ab
              memledger undo --actor importer --since 2026-01-23 --dry-run
            """)

    @Argument(help: ArgumentHelp("The events' ids.", valueName: "event-id")) var events: [String] = []
    @Option(name: .customLong("actor"), help: "Events of this actor; who undoes them is --as.") var actorToUndo: String?
    @Option(name: .customLong("correlation"), help: ArgumentHelp("Events of this request.", valueName: "id"))
    var correlationToUndo: String?
    @Option(
        help: ArgumentHelp(
            "Events from this one or this time on.", discussion: MomentReference.wordsOfFirst, valueName: "moment"))
    var since: MomentReference?
    @Option(
        help: ArgumentHelp(
            "Events up to this one or this time.", discussion: MomentReference.wordsOfLast, valueName: "moment"))
    var until: MomentReference?
    @Option(help: "Only events of memories in this namespace.") var namespace: String?
    @Option(help: ArgumentHelp("The request that the undoing belongs to, for the log.", valueName: "id"))
    var request: String?
    @Flag(help: "Undo what can be, if something cannot.") var partial = false
    @Flag(help: "Only show what would change.") var dryRun = false
    @Flag(help: "Do not ask.") var yes = false
    @Flag(
        help: ArgumentHelp(
            "Undo events of more than one actor, or more than \(UndoPlan.maximumEventsUnasked), without asking twice."))
    var all = false
    @OptionGroup var acting: ActingOption
    @OptionGroup var global: GlobalOptions

    private var hasFilter: Bool {
        actorToUndo != nil || correlationToUndo != nil || since != nil || until != nil || namespace != nil
    }

    func validate() throws {
        for event in events where EventID(event) == nil {
            throw ValidationError("\(event) is not an event's id; `memledger history` and `memledger log` show them.")
        }
        if !events.isEmpty, hasFilter {
            throw ValidationError("Give ids of events, or --actor, --correlation, --since, --until, --namespace.")
        }
        // A namespace or an end alone would select everything from the beginning, by mistake more often than not.
        if events.isEmpty, actorToUndo == nil, correlationToUndo == nil, since == nil {
            throw ValidationError("Nothing is selected; give ids of events, --actor, --correlation or --since.")
        }
        if !dryRun, !yes, global.json || !System.isTerminal(0) || !System.isTerminal(1) {
            throw ValidationError(
                "Cannot ask: there is no terminal; give --yes to undo, or --dry-run to see what would change.")
        }
    }

    func run() async throws {
        let ids = events.compactMap { EventID($0) }
        let selected = EventsToUndo(
            ids, actor: actorToUndo, correlationID: correlationToUndo, since: since, until: until,
            namespace: namespace)
        let operation = UndoEvents(selected, isPartial: partial, isBroad: all)
        let attribution = Attribution(actor: acting.name, correlationID: request)
        try await global.withLedger(dryRun ? .readOnly : .readWrite) { ledger in
            let plan = try await ledger.run(PlanUndo(selected), by: attribution)
            let isRefused = !plan.conflicts.isEmpty && !partial
            if !global.json { try global.show(plan.json) { $0.plan(plan, dryRun: dryRun, isRefused: isRefused) } }
            guard !dryRun, operation.isWanted(plan) else { return try end(UndoEvents.Result(plan)) }
            guard try isWanted(plan) else {
                try global.show(.null) { $0.line("Nothing was undone.") }
                throw ExitCode(ExitStatus.failed)
            }
            try end(try await operation.carryOut(plan, in: OperationRequest(ledger, by: attribution)))
        }
    }

    /// Whether to carry the plan out. A plan that is broad is asked for twice, or by --all.
    private func isWanted(_ plan: UndoPlan) throws -> Bool {
        let breadth = all ? [] : plan.breadth
        guard !yes else {
            guard breadth.isEmpty else {
                throw CommandError(
                    "Nothing was undone, because it would undo \(Self.words(breadth)). Give --all to undo that too, or "
                        + "select less by --actor, --since or ids.")
            }
            return true
        }
        guard try global.isConfirmed("Undo \(Figures.count(plan.events, "event", "events"))?") else { return false }
        return try breadth.isEmpty || global.isConfirmed("That is \(Self.words(breadth)). Undo all of it?")
    }

    private static func words(_ breadth: [UndoBreadth]) -> String {
        breadth.map(\.description).joined(separator: "; and ")
    }

    private func end(_ undone: UndoEvents.Result) throws {
        try global.show(undone.document()) { page in
            guard let first = undone.positions.first, let last = undone.positions.last else { return }
            let compensating = Figures.count(undone.positions.count, "compensating event", "compensating events")
            let places = first == last ? "position \(first)" : "positions \(first) to \(last)"
            page.line(
                "Undid \(Figures.count(undone.plan.events, "event", "events")) with \(compensating), \(places).", .green
            )
        }
        if !undone.plan.conflicts.isEmpty { throw ExitCode(ExitStatus.lookAt) }
    }
}

extension Page {
    /// Memories and conflicts that are shown; JSON has all of them.
    private static let maximumShown = 50

    fileprivate mutating func plan(_ plan: UndoPlan, dryRun: Bool, isRefused: Bool) {
        differences(Array(plan.changes.prefix(Self.maximumShown)))
        let more = plan.changes.count - Self.maximumShown
        if more > 0 { line("and \(Figures.grouped(more)) more memories: see --json --dry-run", .dim) }
        for change in plan.otherChanges.prefix(Self.maximumShown) { line(change.json.description) }
        let others = plan.otherChanges.count - Self.maximumShown
        if others > 0 { line("and \(Figures.grouped(others)) more: see --json --dry-run", .dim) }
        if !plan.conflicts.isEmpty {
            line()
            line("Cannot be undone without losing later work:", .yellow)
            for conflict in plan.conflicts.prefix(Self.maximumShown) {
                line("  \(conflict.event.position)  \(conflict.event.type)  \(conflict.reason)")
            }
            let more = plan.conflicts.count - Self.maximumShown
            if more > 0 { line("  and \(Figures.grouped(more)) more: see --json --dry-run", .dim) }
        }
        var left: [String] = []
        if plan.reads > 0 { left.append(Figures.count(plan.reads, "counted read", "counted reads")) }
        if plan.erased > 0 { left.append(Figures.count(plan.erased, "event", "events") + " of what was erased") }
        if plan.withoutEffect > 0 {
            left.append(Figures.count(plan.withoutEffect, "event", "events") + " already reversed")
        }
        if !plan.alreadyUndone.isEmpty { left.append("\(Figures.grouped(plan.alreadyUndone.count)) undone already") }
        if !left.isEmpty { line("Left out: \(left.joined(separator: ", ")).", .dim) }
        if plan.compensations == 0, plan.conflicts.isEmpty { line("There is nothing to undo.") }
        for reason in plan.breadth { line("It is broad: \(reason).", .yellow) }
        if isRefused { line("Nothing was undone; --partial undoes the rest.", .yellow) }
        if dryRun, plan.compensations > 0, !isRefused {
            line("Would undo \(Figures.count(plan.events, "event", "events")).", .dim)
        }
    }
}
