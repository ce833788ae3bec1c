import FaultLaboratory
import Foundation

/// Judges what a faulted command left: applied, not applied, or said to be unknown.
struct FaultJudge {
    let base: BaseLedger
    let command: FaultedCommand
    /// What the command does without a fault: the events it adds, the files there are then.
    let reference: (added: [String], names: Set<String>)

    /// What a person is never shown.
    private static let rawTexts = [
        "SQLiteFailure", "DatabaseError", "Optional(", "Error Domain", "Fatal error", "FileProblem", "EventLogError(",
        "MemoryLedgerError(", "POSIXError", "CocoaError", "NSError", "rawValue",
    ]

    private static let maximumLines = 2

    init(_ base: BaseLedger, _ command: FaultedCommand) async throws {
        (self.base, self.command) = (base, command)
        let copy = try base.copy()
        let end = try await copy.run(command.arguments)
        guard end.status == 0 else { throw LedgerCopy.Unreadable(reason: "\(command.name): \(end.error)") }
        let names = try Set(copy.names())
        reference = (try await FaultedCommand.added(copy, base), names.union(base.names))
        guard try await command.effect(copy, base, reference.added) == .whole else {
            throw LedgerCopy.Unreadable(reason: "\(command.name) has no effect")
        }
    }

    /// The number of calls to fail.
    func calls(_ sort: FaultSort) async throws -> Int {
        let copy = try base.copy()
        let faults = try FaultInjection(sort.plan(copy.folder.path))
        _ = try await copy.run(command.arguments, under: faults)
        return try faults.count
    }

    /// Fails one call, and says what is wrong with the outcome; nothing if all is well.
    func findings(at call: Int, _ sort: FaultSort) async throws -> [String] {
        let copy = try base.copy()
        let faults = try FaultInjection(sort.plan(copy.folder.path, at: call))
        let end = try await copy.run(command.arguments, under: faults)
        // With fewer calls than usual the last ones are not reached.
        guard try faults.hits > 0 else { return [] }
        let hit = try faults.trace().first { $0.number == call }
        var found: [String] = []
        found += sayings(end)
        if let hit, hit.operation != "unlink", hit.operation != "rmdir", !isKill(end) {
            found += try leftovers(copy)
        }
        try copy.forgetSharedMemory()
        do {
            found += try await state(copy, end)
        } catch let error as LedgerCopy.Unreadable {
            found.append("cannot be read: \(error.reason)")
        }
        let place = "\(command.name), \(hit.map(String.init(describing:)) ?? "call \(call)"), \(sort.name)"
        return found.map { "\(place): \($0) [exit \(end.status): \(end.error.trimmingCharacters(in: .newlines))]" }
    }

    private func isKill(_ end: TestChild.End) -> Bool { end.status == 128 + SIGKILL && !end.hung }

    /// The exit status and the error's text.
    private func sayings(_ end: TestChild.End) -> [String] {
        if end.hung { return ["hangs"] }
        if isKill(end) { return [] }
        var found: [String] = []
        if ![0, 1, 3].contains(end.status) { found.append("ends so") }
        if end.status == 1 {
            // A warning may come first: that no checkpoint could be signed, for instance.
            let lines = end.error.split(separator: "\n")
            let areWhole =
                (1...Self.maximumLines).contains(lines.count) && lines.allSatisfy { $0.hasPrefix("memledger: ") }
            if !areWhole { found.append("its error is not one line") }
        }
        found += Self.rawTexts.filter(end.error.contains).map { "its error has \($0)" }
        return found
    }

    private func leftovers(_ copy: LedgerCopy, isAgain: Bool = false) throws -> [String] {
        // The second time the judge itself has opened backups and former ledgers, which gives them side files.
        let opened: Set<String> = isAgain ? reference.names : [BaseLedger.ledger]
        let side = opened.flatMap { name in ["-wal", "-shm", "-lock", "-head"].map { name + $0 } }
        let found = try Set(copy.names()).subtracting(reference.names).subtracting(side).sorted()
        return found.isEmpty ? [] : ["leaves behind \(found)"]
    }

    private func state(_ copy: LedgerCopy, _ end: TestChild.End) async throws -> [String] {
        var found: [String] = []
        let effect = try await command.effect(copy, base, reference.added)
        if !(command.name == "restore" && effect == .whole) { found += try await lost(copy) }
        found += judgement(effect, end)
        let verified = try await copy.run(["verify", "--deep"])
        if verified.status != 0 {
            found.append("verify exits \(verified.status): \(verified.output) \(verified.error)")
        }
        if end.status != 0 { found += try await again(copy, effect) }
        return found
    }

    /// Acknowledged events that are gone or differ.
    private func lost(_ copy: LedgerCopy) async throws -> [String] {
        let events = try await copy.events()
        let kept = zip(events, base.events).count { now, before in now == before || before.stream == command.erases }
        return kept == base.events.count ? [] : ["only \(kept) of \(base.events.count) acknowledged events are there"]
    }

    private func judgement(_ effect: FaultedCommand.Effect, _ end: TestChild.End) -> [String] {
        if case .partial(let what) = effect, !command.hasSteps || end.status == 0 { return ["half done: \(what)"] }
        switch (end.status, effect) {
        case (0, .none), (3, .none): return ["says it is done, and it is not"]
        case (1, .whole):
            let error = end.error.lowercased()
            let isResumable = command.resumption != nil && error.contains("--resume")
            // A name that cannot be made durable: done, but not for good.
            let isUnknown = ["is unknown", "is not known", "power cut may"].contains(where: error.contains)
            return isResumable || isUnknown ? [] : ["says it failed, and it is done"]
        default: return []
        }
    }

    /// It can be done again, or says why not.
    private func again(_ copy: LedgerCopy, _ effect: FaultedCommand.Effect) async throws -> [String] {
        let rest = effect == .none ? nil : command.resumption
        let end = try await copy.run(rest ?? command.arguments)
        if end.status == 1, effect == .whole, rest == nil { return sayings(end).map { "again: \($0)" } }
        guard end.status == 0 else { return ["again: exit \(end.status): \(end.error)"] }
        // What a killed one left is cleared away, too.
        var found = try leftovers(copy, isAgain: true).map { "again: \($0)" }
        if effect != .whole {
            let now = try await command.effect(copy, base, reference.added)
            if now != .whole { found.append("again: \(now)") }
        }
        return found
    }
}
