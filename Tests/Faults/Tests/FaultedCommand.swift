import FaultLaboratory
import Foundation

/// A command whose every call is failed, and how its effect is told.
struct FaultedCommand: Sendable, CustomStringConvertible {
    /// How much of the effect is there.
    enum Effect: Sendable, Equatable {
        case none, whole
        case partial(String)
    }

    var name: String
    /// `FOLDER/` stands for the folder.
    var arguments: [String]
    var effect: @Sendable (LedgerCopy, BaseLedger, _ reference: [String]) async throws -> Effect
    /// The effect comes in steps: a command that fails may leave the first ones, and the next run does the rest.
    var hasSteps = false
    /// How the rest of the steps is done, if not by the same command.
    var resumption: [String]?
    /// A stream whose events the effect makes unreadable.
    var erases: String?

    var description: String { name }

    static let all = [
        FaultedCommand(
            name: "add", arguments: ["add", "new", "--summary", "n", "--link", "t:0.5::k1"], effect: newEvents),
        FaultedCommand(name: "rename", arguments: ["rename", "k2", "other"], effect: newEvents),
        FaultedCommand(name: "delete", arguments: ["delete", "k3"], effect: newEvents),
        FaultedCommand(
            name: "migrate", arguments: ["migrate", "FOLDER/" + BaseLedger.source], effect: newEvents, hasSteps: true),
        FaultedCommand(
            name: "erase", arguments: ["erase", "--key", "p1", "--namespace", "people", "--reason", "r", "--yes"],
            effect: erasure, hasSteps: true, resumption: ["erase", "--resume"], erases: "people/p1"),
        FaultedCommand(name: "checkpoint", arguments: ["checkpoint", "--output", "FOLDER/c1"], effect: checkpoint),
        FaultedCommand(name: "backup", arguments: ["backup", "FOLDER/b1.sqlite"], effect: backup),
        FaultedCommand(
            name: "restore", arguments: ["restore", "FOLDER/" + BaseLedger.backup, "--yes"], effect: restore),
    ]

    /// The streams and types of the events after the base's.
    static func added(_ copy: LedgerCopy, _ base: BaseLedger) async throws -> [String] {
        try await copy.events().dropFirst(base.events.count).map { "\($0.stream) \($0.type)" }
    }

    private static let newEvents: @Sendable (LedgerCopy, BaseLedger, [String]) async throws -> Effect = {
        let added = try await added($0, $1)
        return added.isEmpty ? .none : added == $2 ? .whole : .partial("events \(added)")
    }

    private static let erasure: @Sendable (LedgerCopy, BaseLedger, [String]) async throws -> Effect = {
        guard try await newEvents($0, $1, $2) != .none else { return .none }
        let files = try $0.files(holding: BaseLedger.secret, except: [])
        return files.isEmpty ? .whole : .partial("plaintext in \(files)")
    }

    private static let checkpoint: @Sendable (LedgerCopy, BaseLedger, [String]) async throws -> Effect = { copy, _, _ in
        guard copy.folder.exists("c1") else { return .none }
        let checked = try await copy.run(["verify", "--checkpoint", copy.folder.path("c1")])
        return checked.status == 0 ? .whole : .partial(checked.error)
    }

    private static let backup: @Sendable (LedgerCopy, BaseLedger, [String]) async throws -> Effect = { copy, base, _ in
        guard copy.folder.exists("b1.sqlite") else { return .none }
        let verified = try await copy.run(["verify"], ledger: "b1.sqlite")
        guard verified.status == 0 else { return .partial("backup: \(verified.output) \(verified.error)") }
        return try await copy.events(ledger: "b1.sqlite") == base.events ? .whole : .partial("other events")
    }

    /// The backup's events and the new epoch, with the former ledger beside it.
    private static let restore: @Sendable (LedgerCopy, BaseLedger, [String]) async throws -> Effect = { copy, base, _ in
        let events = try await copy.events()
        if events == base.events { return .none }
        guard events.dropLast() == base.backedUp[...], events.last?.type == "EpochStarted" else {
            return .partial("\(events.count) events")
        }
        let former = try copy.folder.names().filter { $0.contains(".before-restore-") && !$0.contains("Z-") }
        guard former.count == 1 else { return .partial("former ledgers: \(former)") }
        return try await copy.events(ledger: former[0]) == base.events ? .whole : .partial("the former ledger differs")
    }
}
