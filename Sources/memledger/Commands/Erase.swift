import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make memories of a protected namespace unreadable for ever.",
        discussion: """
            Destroys their data keys and says so in the log, in one transaction; then rebuilds the tables, drops former \
            generations, snapshots and views, and writes the file again while writers wait. The encrypted events stay, so \
            every proof of them stays valid; the past shows "[erased]". Needs the master key, and room for the ledger once \
            more. It cannot be undone: it shows what it would destroy and asks; --yes does not ask.

            --key takes the memory under all keys that it ever had, and whatever else was ever under the key. What stands \
            in the log unencrypted, in a namespace that is not protected or from before it was, cannot be erased: then nothing \
            is, unless --partial says to erase what can be; the rest is listed, and the exit status is 3. --derived takes what was made from it too. Where the \
            purge was interrupted, the next command that opens the ledger with its master key finishes it, or --resume; \
            the exit status is 3 while it is due.

            --user takes what comes from a user, as `add --source user:NAME` says: their sessions with all messages and \
            summaries, their passages, what they said in blocks of others, and what others made of that text; a block \
            falls back to what others said last. A user is of a namespace: --namespace takes the user of that one only.

            The receipt says what stays out of reach: backups, checkouts and exports made before hold the memories in plain.

            JSON: {"selection", "reason", "erased_at", "subjects": [{"stream", "keys", "is_current", "user"}], "keys", "events", \
            "positions", "tree": {"size_before", "root_before", "size_after", "root_after"}, "purged": {"erasure", "projections", "former_generations", "snapshots", "files", "bytes_before", \
            "bytes_after"}, "left": [{"stream", "events", "first_position"}], "purge_problem", "dictionaries", \
            "out_of_reach"}; with --dry-run only {"selection", "subjects", "keys", "events", "left"}, with --resume {"purged"}, null where nothing was due.

              memledger erase --namespace people --reason "contract ended" --dry-run
              memledger erase --key ada --namespace people --reason "request 4711" --yes --json
              memledger erase --user ada --derived --reason "request 4711" --yes
              memledger erase --resume
            """)

    @Option(help: "The namespace; without --key and --user, all of it.") var namespace: String?
    @Option(help: "The memory.") var key: String?
    @Option(
        help: ArgumentHelp("All that comes from this user, in all namespaces or in --namespace.", valueName: "name"))
    var user: String?
    @Flag(help: "With --key or --user: also what was derived from it.") var derived = false
    @Flag(help: "Erase what can be, and list what stands in the log unencrypted.") var partial = false
    @Option(help: ArgumentHelp("Why, for the log and the receipt.", valueName: "text")) var reason: String?
    @Flag(help: "Only show what would be destroyed.") var dryRun = false
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Finish what an interrupted erasure left to be purged.") var resume = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if resume {
            guard namespace == nil, key == nil, user == nil, reason == nil, !dryRun, !derived, !partial else {
                throw ValidationError("--resume stands alone: it finishes what was decided before.")
            }
            return
        }
        if namespace == nil, key == nil, user == nil {
            throw ValidationError("Nothing is selected; give --key, --namespace or --user.")
        }
        if user != nil, key != nil { throw ValidationError("--user excludes --key: it takes all that is the user's.") }
        if derived, key == nil, user == nil { throw ValidationError("--derived goes with --key or --user.") }
        if !dryRun, reason?.isEmpty ?? true { throw ValidationError("An erasure has a reason; give --reason.") }
        if !dryRun, !yes, global.json || !System.isTerminal(0) || !System.isTerminal(1) {
            throw ValidationError(
                "Cannot ask: there is no terminal; give --yes to erase, or --dry-run to see what would be destroyed.")
        }
    }

    private var selection: ErasureSelection {
        if let user { return .user(user, in: namespace) }
        if let key { return .memory(MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: key)) }
        return .namespace(namespace ?? "")
    }

    private var planned: PlanErasure { PlanErasure(selection, includingDerived: derived, isPartial: partial) }

    func run() async throws {
        if resume { return try await finish() }
        if dryRun { return try await plan() }
        let bar = ProgressBar("Purging", unit: "events")
        try await global.withLedger(.readWrite, takesSnapshots: false) { ledger in
            if !yes {
                let plan = try await ledger.run(planned, by: writing.attribution(actor))
                try global.show(plan.document()) { $0.erasure(plan) }
                guard try isConfirmed(plan) else {
                    try global.show(.null) { $0.line("Nothing was erased.") }
                    throw ExitCode(ExitStatus.failed)
                }
            }
            let operation = EraseMemories(
                selection, includingDerived: derived, isPartial: partial, reason: reason ?? "")
            let receipt = try await ledger.run(operation, by: writing.attribution(actor), bar)
            bar.finish()
            try global.show(receipt.document()) { $0.receipt(receipt) }
            if receipt.purgeProblem != nil || !receipt.left.isEmpty { throw ExitCode(ExitStatus.lookAt) }
        }
    }

    private func plan() async throws {
        let plan = try await global.withLedger(.readOnly) { try await $0.run(planned, by: writing.attribution(actor)) }
        try global.show(plan.document()) { page in
            page.erasure(plan)
            page.line("Would erase \(Figures.count(plan.events, "event", "events")).", .dim)
        }
    }

    /// Opening the ledger finishes it too, but does not say why it could not.
    private func finish() async throws {
        let resumed = try await global.withLedgerAsItIs(.readWrite) {
            try await $0.run(ResumePurge(), by: writing.attribution(actor))
        }
        try global.show(resumed.document()) { page in
            guard let report = resumed.report else { return page.line("Nothing is due.") }
            page.purged(report)
        }
    }

    private func isConfirmed(_ plan: ErasurePlan) throws -> Bool {
        let output = FileWriter.standardOutput()
        try output.write(
            "Erase \(Figures.count(plan.subjects.count, "memory", "memories")) for ever? [y/N] ")
        try output.flush()
        let answer = try System.readAnswer()?.lowercased()
        return answer == "y" || answer == "yes"
    }
}

extension Page {
    /// Streams that are shown; JSON has all of them.
    private static let maximumShown = 50

    fileprivate mutating func erasure(_ plan: ErasurePlan) {
        subjects(plan.subjects, "MEMORY IS THERE NOW")
        left(plan.left)
    }

    private mutating func left(_ left: [ErasureRemainder]) {
        guard !left.isEmpty else { return }
        line("Not erased, because it stands in the log unencrypted:", .yellow)
        var table = Table([
            .init("STREAM", paint: .bold), .init("EVENTS", right: true), .init("FIRST POSITION", right: true),
        ])
        for one in left.prefix(Self.maximumShown) {
            table.add([one.stream.rawValue, Figures.grouped(one.events), Figures.grouped(one.first)])
        }
        self.table(table)
        let more = left.count - Self.maximumShown
        if more > 0 { line("and \(Figures.grouped(more)) more: see --json", .dim) }
    }

    private mutating func subjects(_ subjects: [ErasedSubject], _ isCurrent: String) {
        var table = Table([
            .init("STREAM", paint: .bold), .init("DATA KEYS"), .init(isCurrent),
        ])
        for subject in subjects.prefix(Self.maximumShown) {
            table.add([
                subject.stream.rawValue, subject.keys.map(String.init).joined(separator: " "),
                subject.isCurrent ? "yes" : "no",
            ])
        }
        self.table(table)
        let more = subjects.count - Self.maximumShown
        if more > 0 { line("and \(Figures.grouped(more)) more: see --json", .dim) }
    }

    fileprivate mutating func receipt(_ receipt: ErasureReceipt) {
        line("Erased \(Figures.count(receipt.events, "event", "events")) of \(receipt.selection).", .green)
        subjects(receipt.subjects, "MEMORY WAS THERE")
        left(receipt.left)
        fields([
            ("reason", receipt.reason), ("erased at", receipt.erasedAt.rfc3339),
            ("positions", receipt.positions.map(String.init).joined(separator: " ")),
            (
                "tree before",
                receipt.tree.map { "\(Figures.grouped($0.sizeBefore)) events, root \($0.rootBefore)" } ?? ""
            ),
            ("tree now", receipt.tree.map { "\(Figures.grouped($0.sizeAfter)) events, root \($0.rootAfter)" } ?? ""),
            ("dictionaries", ErasureReceipt.dictionaries),
        ])
        if let report = receipt.purge { purged(report) }
        if let problem = receipt.purgeProblem {
            line("Not yet purged: \(problem) `memledger erase --resume` goes on.", .yellow)
        }
        line()
        line("Out of reach:", .yellow)
        for what in ErasureReceipt.outOfReach { line("  " + what) }
    }

    fileprivate mutating func purged(_ report: PurgeReport) {
        let projections = report.projections.map { "\($0.name) is generation \($0.generation)" }
        fields([
            ("rebuilt", projections.joined(separator: ", ")),
            ("former generations", "\(report.formerGenerations) dropped"),
            ("snapshots", "\(report.snapshots) dropped"), ("other files", "\(report.files) removed"),
            ("ledger", "\(Figures.bytes(report.bytesBefore)) before, \(Figures.bytes(report.bytesAfter)) now"),
        ])
        line("Purged.", .green)
    }
}
