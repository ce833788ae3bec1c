import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import LedgerStorage
import MemoryLedger
import SQLiteEventLog

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a legacy Keyv or kv-memory database in.",
        discussion: """
            Every row becomes an event that holds all of its bytes; then the source is read a second time by another \
            way and compared. The source is opened read-only and stays as it is; a copy is made first. Running it \
            again imports what is new or changed, and goes on where an earlier run was broken off. The exit status is \
            3 if a row was set aside or differs.

            A file may hold several tables: memories, what the old program's migrations left in memories_legacy, and \
            keyv are read one after the other, the newest first. A row whose memory stands in a newer table, the same or \
            newer, is a duplicate. Keyv tables of other names have to be named with --table.

            Whether the database was imported before is told from its rows: it was if, of those that an import knows, \
            more are the same than differ, statistics aside. Then a changed row replaces its memory; else, and if the \
            memory was changed in the ledger, it is set aside. --continues says so by hand, also after it was \
            taken for another one: that import is united with the one that is continued.

            JSON: {"source": {"path", "sha256", "format", "table", "lineage", "continues", "united", "checkout"}, \
            "tables": [{"table", "format", "namespace", "rows", "imported", "duplicates", "quarantined", "expired", "memories", "links"}], \
            "rows", "imported", "duplicates", "statistics_advanced", "quarantined", "expired", "memories", "links", \
            "quarantine": [{"table", "key", "reason"}], "repaired": [{"namespace", "key", "field"}], "verified": \
            {"compared", "equal", "different": [{"namespace", "key", "field"}]}, "passed_over": [table], "backup", \
            "first_position", "last_position", "dry_run"}. rows = imported + duplicates + quarantined, for each table and for all. The \
            source's format and table are those of the first.

              memledger migrate kv.db --dry-run
              memledger migrate kv.db --namespace mem:project --backup-dir backups --report report.json
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case auto
        case keyv
        case keyv6
        case kvMemory1 = "kv-memory-1"
        case kvMemory2 = "kv-memory-2"
    }

    enum ExpiredRows: String, ExpressibleByArgument, CaseIterable {
        case skip
        case keep
    }

    @Argument(help: "The legacy database.", completion: .file()) var source: String
    @Option(help: "Its format; auto tells it from the schema.") var format = Format.auto
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A table to read, with its namespace if its keys name none; may be repeated. (default: the known names)",
            valueName: "table[=namespace]"))
    var table: [String] = []
    @Option(
        parsing: .singleValue,
        help: "A namespace that keys begin with, if it has colons itself. May be repeated.")
    var namespace: [String] = []
    @Option(help: "What to do with rows that have expired: record them only, or show them too.")
    var expired = ExpiredRows.skip
    @Flag(help: "Take it for a later state of the import that has most of its rows, even where most of them differ.")
    var continues = false
    @Flag(help: "Say what would happen; the ledger stays as it is.") var dryRun = false
    @Option(help: ArgumentHelp("Write the report there as JSON, too.", valueName: "file"), completion: .file())
    var report: String?
    @Option(
        help: ArgumentHelp("Where the copy goes. (default: the ledger's name with -backups)", valueName: "dir"),
        completion: .directory)
    var backupDir: String?
    @Flag(help: "Make no copy.") var noBackup = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if noBackup, backupDir != nil { throw ValidationError("--backup-dir and --no-backup exclude each other.") }
        if backupDir?.isEmpty == true { throw ValidationError("--backup-dir names no folder.") }
        if table.contains(where: { MigrationOptions.Table(argument: $0) == nil }) {
            throw ValidationError("--table wants TABLE or TABLE=NAMESPACE, neither of them empty.")
        }
        if namespace.contains("") { throw ValidationError("--namespace is empty; give it a name.") }
    }

    func run() async throws {
        let target = try report.map {
            try OutputPath($0, replacing: true, global, sources: [source], standardOutput: "give --json to print it")
        }
        if let backupDir { try global.protectedFiles(sources: [source]).check(backupDir) }
        let bar = ProgressBar("Migrating", unit: "rows")
        defer { bar.finish() }
        var options = MigrationOptions()
        options.format = LegacyFormat(rawValue: format.rawValue)
        options.tables = table.compactMap { MigrationOptions.Table(argument: $0) }
        options.namespaces = namespace
        options.expired = expired == .keep ? .keep : .skip
        options.continuesEarlierImport = continues
        options.isDryRun = dryRun
        options.backupFolder = noBackup || dryRun ? nil : backupDir ?? global.path + "-backups"
        let reading = ProgressBar("Reading \(source)", unit: "bytes")
        defer { reading.finish() }
        options.sourceProgress = { bytes, total in reading.update(bytes, of: total) }
        options.progress = { rows, total in
            reading.finish()
            bar.update(Int64(rows), of: Int64(total))
        }
        let outcome = try await migrate(options)
        reading.finish()
        bar.finish()
        try target?.write(Array((outcome.document().indented + "\n").utf8))
        try global.show(outcome.document()) { $0.migrated(outcome) }
        if outcome.needsAttention { throw ExitCode(ExitStatus.lookAt) }
    }

    /// The source is looked at before the ledger is opened or made, so that a refused one leaves nothing behind. A
    /// rehearsal without a ledger has one in a folder that is thrown away.
    private func migrate(_ options: MigrationOptions) async throws -> MigrationReport {
        let exists = global.hasLedger
        if !exists { try System.checkFolder(of: global.path) }
        let prepared = try PreparedMigration(from: source, options: options)
        // A ledger that is there is no worse for a copy that fails later.
        if !exists { try prepared.beginNewLedger(besides: global.protectedFiles(sources: [source])) }
        // Opening a ledger may rebuild it, which takes its time.
        prepared.letGo()
        var elsewhere = global
        let folder = dryRun && !exists ? try TemporaryFolder() : nil
        defer { folder?.remove() }
        if let folder { elsewhere.ledger = folder.path + "/ledger.sqlite" }
        return try await elsewhere.withLedger(.create) { ledger in
            try await interruptible("what was imported stays, and running it again goes on from there") {
                try await ledger.migrate(prepared, options: options, by: writing.attribution(actor))
            }
        }
    }
}

extension Page {
    /// Rows that are named on the page; the report has all of them.
    private static let maximumNamed = 20
    /// Tables that are named on the page as passed over.
    private static let maximumTablesNamed = 10
    /// Of a key that is named; a key may be as long as its row.
    private static let keyColumns = 48

    private static func read(_ report: MigrationReport) -> String {
        guard report.tables.count > 1 else {
            return "table \(report.source.table), format \(report.source.format.rawValue)"
        }
        return "tables " + report.tables.map(\.table).joined(separator: ", ")
    }

    fileprivate mutating func migrated(_ report: MigrationReport) {
        line(
            (report.isDryRun ? "Would migrate " : "Migrated ")
                + "\(report.source.path), \(Self.read(report)).", .bold
        )
        fields([
            ("sha256", report.source.sha256), ("rows", Figures.grouped(report.rows)),
            ("imported", Figures.grouped(report.imported)), ("duplicates", Figures.grouped(report.duplicates)),
            ("set aside", Figures.grouped(report.quarantined)), ("expired", Figures.grouped(report.expired)),
            ("memories", Figures.grouped(report.memories)), ("links", Figures.grouped(report.links)),
            (
                "verified",
                "\(Figures.grouped(report.verified.equal)) of \(Figures.grouped(report.verified.compared)) equal"
            ),
            ("backup", report.backup ?? ""),
        ])
        if report.tables.count > 1 { tables(report) }
        if !report.passedOver.isEmpty {
            let more = report.passedOver.count - Self.maximumTablesNamed
            let names = report.passedOver.prefix(Self.maximumTablesNamed).joined(separator: ", ")
            let rest = more > 0 ? " and \(Figures.grouped(more)) more" : ""
            line("Not read: \(names)\(rest); --table if memories are in there.", .yellow)
        }
        if report.source.isCheckout {
            line("It is a checkout of this ledger: what was changed there since is taken over.", .dim)
        } else if report.source.isContinued {
            line("It continues the import \(report.source.lineage.prefix(16)).", .dim)
            for united in report.source.united {
                line("The import \(united.prefix(16)) is of this same database, and united with it.", .dim)
            }
        } else if report.source.isAnother, report.quarantined > 0 {
            line("By its rows it is none of the databases that were imported before; --continues if it is.", .dim)
        }
        if !report.quarantine.isEmpty { quarantined(report) }
        if !report.repaired.isEmpty { repaired(report) }
        if !report.verified.different.isEmpty { different(report) }
        if !report.needsAttention { line("Every row is accounted for.", .green) }
    }

    private mutating func tables(_ report: MigrationReport) {
        line()
        var table = Table([
            .init("TABLE", paint: .bold), .init("FORMAT"), .init("ROWS"), .init("IMPORTED"), .init("DUPLICATES"),
            .init("SET ASIDE"),
        ])
        for one in report.tables {
            let counts = [one.rows, one.imported, one.duplicates, one.quarantined]
            table.add([one.table, one.format.rawValue] + counts.map { Figures.grouped($0) })
        }
        self.table(table)
    }

    private mutating func quarantined(_ report: MigrationReport) {
        line()
        line("Set aside, their bytes kept in the log:", .yellow)
        var table = Table([.init("KEY", paint: .bold), .init("REASON")])
        for row in report.quarantine.prefix(Self.maximumNamed) {
            table.add([Line.truncated(row.key, to: Self.keyColumns), row.reason])
        }
        self.table(table)
        let more = report.quarantined - min(report.quarantined, Self.maximumNamed)
        if more > 0 { line("and \(Figures.grouped(more)) more: see --json or --report FILE.", .dim) }
    }

    private mutating func repaired(_ report: MigrationReport) {
        line()
        line("Half a character replaced by U+FFFD, the bytes kept in the log:", .yellow)
        var table = Table([.init("NAMESPACE"), .init("KEY", paint: .bold), .init("FIELD")])
        for repair in report.repaired.prefix(Self.maximumNamed) {
            table.add([repair.namespace, Line.truncated(repair.key, to: Self.keyColumns), repair.field])
        }
        self.table(table)
        let more = report.repaired.count - min(report.repaired.count, Self.maximumNamed)
        if more > 0 { line("and \(Figures.grouped(more)) more: see --json or --report FILE.", .dim) }
    }

    private mutating func different(_ report: MigrationReport) {
        line()
        line("Different by the second reading:", .red)
        var table = Table([.init("NAMESPACE"), .init("KEY", paint: .bold), .init("FIELD")])
        for row in report.verified.different.prefix(Self.maximumNamed) {
            table.add([row.namespace, Line.truncated(row.key, to: Self.keyColumns), row.field])
        }
        self.table(table)
    }
}
