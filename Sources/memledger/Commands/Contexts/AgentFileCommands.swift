import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import LedgerStorage
import MemoryLedger

struct AgentExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write an agent and all that it has as one JSON document.",
        discussion: """
            Its sessions with every message and eviction, their roles and users, its blocks with every version, the \
            archives that its sessions put something into, whole, with embeddings. Schemas/json/agent-file-1.schema.json \
            describes the document. The file appears whole or not at all; one that exists is not overwritten. To \
            standard output the document is all that is printed, with --json too. What was deleted or erased is left out.

            JSON, for a file: {"file", "agent", "namespace", "position", "sessions", "messages", "blocks", "versions", \
            "archives", "passages", "other_holders" (contexts of others that have blocks of the file), "other_sessions" \
            (passages from sessions of others, which the file does not name), "size_bytes"}.

              memledger agent export tea --output tea.json
              memledger agent export tea --at 2026-01-23 | gzip > tea.json.gz
            """)

    @Argument(help: "The agent's name.") var name: String
    @Option(
        help: ArgumentHelp("The file to make; - writes to standard output.", valueName: "file"), completion: .file())
    var output = "-"
    @Option(help: ArgumentHelp("An archive that the file has besides; may be repeated.", valueName: "name"))
    var archive: [String] = []
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let target =
            output == "-" ? nil : try OutputPath(output, options.global, standardOutput: "give - to print it")
        try await options.global.withLedgerToRead { ledger in
            let request = OperationRequest(ledger, by: options.actor.attribution, notify: Notices.give)
            let reading = try await request.reading(options.asked, of: [options.namespace])
            guard let target else {
                let writer = FileWriter.standardOutput()
                _ = try await write(reading, isTerminal: System.isTerminal(1)) { try writer.write($0) }
                return try writer.flush()
            }
            let report = try await interruptible("no file was written") {
                let file = try target.open()
                let report = try await write(reading, isTerminal: false) { try file.write($0) }
                try file.finish()
                return report
            }
            try options.global.show(report.document().naming(file: output)) { $0.exported(report, to: output) }
        }
    }

    private func write(
        _ reading: MemoryReader, isTerminal: Bool, _ write: @escaping ([UInt8]) throws -> Void
    ) async throws -> AgentExportReport {
        // Beside a document on the same terminal a bar would only disturb.
        let bar = ProgressBar(
            "Exporting", unit: "messages", isActive: !isTerminal && System.isTerminal(FileWriter.standardError))
        defer { bar.finish() }
        return try await reading.exportAgent(name, in: options.namespace, archives: archive) { done, total in
            try Interruption.check()
            bar.update(done, of: total)
        } to: {
            try write($0)
        }
    }
}

struct AgentImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring an agent in, from a file that `agent export` wrote.",
        discussion: """
            What the file says becomes events, with the times and editors that it names. Nothing that the ledger has is \
            changed: it refuses an agent, a session, a block or a role that it has as another one, before anything is \
            written; users and passages that it has stay as they are. With --name the agent is another one, whose \
            sessions and blocks get ids of their own. An import that was cut off is completed by the same import. Ids of \
            messages and passages are this ledger's own. What messages answered stands at positions of the ledger that \
            they were said in, and is kept as that.

            JSON: {"agent", "namespace", "sessions", "messages", "blocks", "archives", "passages", "events" (that were \
            appended), "former_events" (that the same import had appended), "present" (users, roles and passages that \
            were there), "first_position", "last_position"}.

              memledger agent import tea.json
              gunzip -c tea.json.gz | memledger agent import - --name tea-2
            """)

    @Argument(help: "The file; - reads standard input.", completion: .file()) var file: String
    @Option(help: ArgumentHelp("What the agent is called here; else as in the file.", valueName: "agent"))
    var name: String?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let limits = AgentFileLimits()
        let input = file == "-" ? .standardInput : try InputFile(file)
        let bytes = try await FileChunks.readAll(input, name: "The file", maximumBytes: limits.fileBytes)
        let bar = ProgressBar("Importing", unit: "events")
        defer { bar.finish() }
        let attribution = options.writing.attribution(options.actor)
        let report = try await options.global.withLedgerOrNew { ledger in
            try await interruptible("what was imported stays, and the same import goes on from there") {
                try await AgentContext(ledger, by: attribution).importAgent(
                    bytes, as: name, into: options.namespace, limits: limits
                ) { bar.update($0, of: $1) }
            }
        }
        bar.finish()
        try options.global.show(report.document()) { $0.imported(report) }
    }
}

extension Page {
    fileprivate mutating func exported(_ report: AgentExportReport, to file: String) {
        line(
            "Wrote \(Figures.count(report.sessions, "session", "sessions")), "
                + "\(Figures.count(report.messages, "message", "messages")), "
                + "\(Figures.count(report.blocks, "block", "blocks")) and "
                + "\(Figures.count(report.passages, "passage", "passages")) of the agent \(report.agent) to \(file).",
            .green)
        if report.otherHolders > 0 {
            let contexts = Figures.count(report.otherHolders, "context", "contexts")
            line("\(contexts) of others that have its blocks are not in the file.", .yellow)
        }
        if report.otherSessions > 0 {
            let passages = Figures.count(report.otherSessions, "passage", "passages")
            line("\(passages) were inserted in sessions of others, which the file does not name.", .yellow)
        }
    }

    fileprivate mutating func imported(_ report: AgentImportReport) {
        guard report.events > 0 else {
            return line("All of the agent \(report.agent) was imported from this file already.", .green)
        }
        line(
            "Imported the agent \(report.agent): \(Figures.count(report.sessions, "session", "sessions")), "
                + "\(Figures.count(report.messages, "message", "messages")), "
                + "\(Figures.count(report.blocks, "block", "blocks")), "
                + "\(Figures.count(report.passages, "passage", "passages")); "
                + "\(Figures.count(report.events, "event", "events")).", .green)
        if report.formerEvents > 0 {
            line("It went on behind \(Figures.count(report.formerEvents, "event", "events")) of an import before.")
        }
        if report.present > 0 {
            line("\(Figures.count(report.present, "event was", "events were")) not needed: what they make was there.")
        }
    }
}
