import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Take everything that came from one source out of the results.",
        discussion: """
            A memory comes from an actor or a source where any event that set its content since it was made is by it. \
            What was derived from such a memory goes too, over any number of steps, in any namespace, under any key; \
            and what comes from it later is taken and not shown. One event says so: nothing is deleted, `release` \
            brings it back, and the past is as it was. Asks first; --yes does not ask.

            JSON: {"origin": {"kind", "name"}, "position", "memories", "direct", "derived", "namespaces": \
            [{"namespace", "memories"}], "keys": [{"namespace", "key"}]}; the keys are the first \
            \(QuarantineReport.maximumListed), the position is null with --dry-run. With list: {"quarantines": \
            [{"origin", "position", "since", "actor", "reason", "memories"}]}.

              memledger quarantine --source tool:web-search --reason "poisoned page" --dry-run
              memledger quarantine --actor mallory --as admin --yes
              memledger quarantine list
            """)

    @Argument(help: "List the quarantines in force.") var list: ListWord?
    @OptionGroup var selection: ContributorOptions
    @Option(help: ArgumentHelp("Why, for the log.", valueName: "text")) var reason: String?
    @Flag(help: "Only show what would go.") var dryRun = false
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var acting: ActingOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if list != nil {
            guard selection.contributor == nil, reason == nil, !dryRun else {
                throw ValidationError("list takes no --actor, --source, --reason or --dry-run.")
            }
            return
        }
        guard selection.contributor != nil else {
            throw ValidationError("Nothing is selected; give --actor or --source, or list.")
        }
        try global.requireAnswer(yes: yes || dryRun, or: "--yes to quarantine")
    }

    func run() async throws {
        guard let contributor = selection.contributor, list == nil else { return try await showAll() }
        let attribution = writing.attribution(acting)
        try await global.withLedger(dryRun ? .readOnly : .readWrite) { ledger in
            if dryRun || !yes {
                let preview = try await ledger.run(PreviewQuarantine(contributor), by: attribution)
                if dryRun {
                    return try global.show(preview.document()) { $0.report(preview, "would no longer be shown") }
                }
                try global.show(preview.document()) { $0.report(preview, "will no longer be shown") }
                guard try global.isConfirmed("Quarantine \(contributor)?") else {
                    try global.show(.null) { $0.line("Nothing was quarantined.") }
                    throw ExitCode(ExitStatus.failed)
                }
            }
            let report = try await ledger.run(PutQuarantine(contributor, reason: reason), by: attribution)
            try global.show(report.document()) { page in
                if yes { page.report(report, "no longer shown") }
                page.line("Quarantined \(contributor), position \(report.position ?? 0).", .green)
            }
        }
    }

    private func showAll() async throws {
        let listed = try await global.withLedger(.readOnly) {
            try await $0.run(ListQuarantines(), by: acting.attribution)
        }
        try global.show(listed.document()) { page in
            var table = Table([
                .init("KIND", paint: .cyan), .init("NAME", paint: .bold), .init("MEMORIES", right: true),
                .init("SINCE", paint: .dim), .init("POSITION", right: true, paint: .dim), .init("BY"),
                .init("REASON"),
            ])
            for quarantine in listed.quarantines {
                let words = quarantine.contributor.json.object?["kind"]?.string ?? ""
                table.add([
                    words, quarantine.contributor.name, Figures.grouped(quarantine.memories), quarantine.since.rfc3339,
                    String(quarantine.position), quarantine.actor ?? "", quarantine.reason ?? "",
                ])
            }
            page.table(table)
            if listed.quarantines.isEmpty { page.line("No quarantines.", .dim) }
        }
    }
}

struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a quarantine: what it held back is shown again.",
        discussion: """
            What another quarantine holds too stays out of the results. Asks first; --yes does not ask.

            JSON: as of `quarantine`, with the memories that are shown again.

              memledger release --source tool:web-search --dry-run
              memledger release --actor mallory --as admin --yes
            """)

    @OptionGroup var selection: ContributorOptions
    @Option(help: ArgumentHelp("Why, for the log.", valueName: "text")) var reason: String?
    @Flag(help: "Only show what would come back.") var dryRun = false
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var acting: ActingOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard selection.contributor != nil else {
            throw ValidationError("Nothing is selected; give --actor or --source, as `quarantine list` shows them.")
        }
        try global.requireAnswer(yes: yes || dryRun, or: "--yes to release")
    }

    func run() async throws {
        guard let contributor = selection.contributor else { return }
        let attribution = writing.attribution(acting)
        try await global.withLedger(dryRun ? .readOnly : .readWrite) { ledger in
            if dryRun || !yes {
                let preview = try await ledger.run(PreviewQuarantine(contributor, isRelease: true), by: attribution)
                if dryRun { return try global.show(preview.document()) { $0.report(preview, "would be shown again") } }
                try global.show(preview.document()) { $0.report(preview, "will be shown again") }
                guard try global.isConfirmed("Release \(contributor)?") else {
                    try global.show(.null) { $0.line("Nothing was released.") }
                    throw ExitCode(ExitStatus.failed)
                }
            }
            let report = try await ledger.run(ReleaseQuarantine(contributor, reason: reason), by: attribution)
            try global.show(report.document()) { page in
                if yes { page.report(report, "shown again") }
                page.line("Released \(contributor), position \(report.position ?? 0).", .green)
            }
        }
    }
}

extension GlobalOptions {
    /// - Throws: `ValidationError` where a person must be asked and none can be.
    func requireAnswer(yes: Bool, or option: String) throws {
        if !yes, json || !System.isTerminal(0) || !System.isTerminal(1) {
            throw ValidationError(
                "Cannot ask: there is no terminal; give \(option), or --dry-run to see what would change.")
        }
    }

    func isConfirmed(_ question: String) throws -> Bool {
        let output = FileWriter.standardOutput()
        try output.write(Line.sanitised(question) + " [y/N] ")
        try output.flush()
        let answer = try System.readAnswer()?.lowercased()
        return answer == "y" || answer == "yes"
    }
}

extension Page {
    private static let maximumKeys = 20

    fileprivate mutating func report(_ report: QuarantineReport, _ words: String) {
        let derived = report.memories - report.direct
        let of = derived > 0 ? ", \(Figures.grouped(derived)) of them derived from others" : ""
        line("\(Figures.count(report.memories, "memory", "memories")) \(words)\(of).")
        if report.memories == 0 {
            line(
                "Nothing comes from \(report.contributor) that this changes; look whether it is written as in `history`.",
                .yellow)
        }
        for namespace in report.namespaces {
            line("  \(namespace.namespace): \(Figures.grouped(namespace.memories))", .dim)
        }
        for key in report.keys.prefix(Self.maximumKeys) { line("  \(key.namespace)/\(key.key)") }
        let more = report.memories - min(report.keys.count, Self.maximumKeys)
        if more > 0 { line("  and \(Figures.grouped(more)) more: `list --quarantined` shows what is held back", .dim) }
    }
}
