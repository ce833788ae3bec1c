import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import LedgerStorage
import MemoryLedger
import SQLiteEventLog

/// `checkout --format`.
struct LegacyCheckoutRun {
    private let layout: LegacyLayout
    private let command: Checkout

    init(_ layout: LegacyLayout, _ command: Checkout) {
        self.layout = layout
        self.command = command
    }

    func run() async throws {
        let global = command.global
        try global.protectedFiles().check(command.output)
        let whole = try command.report.map {
            try WholeReport(try OutputPath($0, replacing: true, global, standardOutput: "give --json to print it"))
        }
        let bar = ProgressBar("Checking out", unit: "memories")
        defer { bar.finish() }
        let report = try await global.withLedger(.readOnly) { ledger in
            let moment = try await command.moment.resolved(in: ledger)
            return try await interruptible("\(command.output) was not written") {
                try await ledger.checkout(
                    in: layout, at: moment, to: command.output, replacing: command.force,
                    reporting: { try whole?.append($0) }, progress: { bar.update(Int64($0), of: Int64($1)) })
            }
        }
        bar.finish()
        try whole?.finish(report)
        try global.show(report.document()) { $0.checkedOut(report) }
        if report.needsAttention { throw ExitCode(ExitStatus.lookAt) }
    }

    /// The report with all entries, of which the one on standard output holds the first ones only: written while they
    /// are found.
    private final class WholeReport {
        private let file: OutputFile
        private var isFirst = true

        init(_ path: OutputPath) throws {
            file = try path.open()
            try file.write(Array("{\"reported\":[".utf8))
        }

        func append(_ entry: LegacyCheckoutReport.Entry) throws {
            try file.write(Array((isFirst ? "\n" : ",\n").utf8))
            try file.write(entry.json.compactBytes)
            isFirst = false
        }

        func finish(_ report: LegacyCheckoutReport) throws {
            try file.write(Array("],\n".utf8))
            try file.write(Array(JSONValue.object(report.head).compactBytes.dropFirst()))
            try file.write(Array("\n".utf8))
            try file.finish()
        }
    }
}

extension Page {
    /// Memories that are named on the page; the report has all of them.
    private static let maximumNamed = 20
    private static let keyColumns = 48

    fileprivate mutating func checkedOut(_ report: LegacyCheckoutReport) {
        line(
            "Wrote \(report.file), format \(report.layout.rawValue), as of position "
                + "\(Figures.grouped(report.moment.position)).", .green)
        fields([
            ("size", Figures.bytes(report.sizeBytes)), ("memories", Figures.grouped(report.memories)),
            ("links", Figures.grouped(report.links)), ("left out", Figures.grouped(report.leftOut)),
            ("changed", Figures.grouped(report.changed)), ("quarantined", Figures.grouped(report.quarantined)),
            ("locked", report.locked.joined(separator: ", ")),
        ])
        if !report.entries.isEmpty { entries(report) }
        line()
        if !report.needsAttention { line("The file holds every memory as it stands.", .green) }
        if report.quarantined > 0 { line("Memories that are quarantined are left out.", .yellow) }
        if !report.locked.isEmpty {
            line("Namespaces that are encrypted are left out, because there is no master key for them.", .yellow)
        }
        for note in report.notes { line(note, .dim) }
    }

    private mutating func entries(_ report: LegacyCheckoutReport) {
        line()
        line("What the format cannot hold:", .yellow)
        var table = Table([.init("NAMESPACE"), .init("KEY", paint: .bold), .init("FIELD"), .init("REASON")])
        let named = report.entries.prefix(Self.maximumNamed)
        for entry in named {
            for field in entry.fields {
                let name = entry.isLeftOut ? "left out" : field.name
                table.add([entry.namespace, Line.truncated(entry.key, to: Self.keyColumns), name, field.reason])
            }
        }
        self.table(table)
        let more = report.leftOut + report.changed - named.count
        if more > 0 { line("and \(Figures.grouped(more)) more memories: see --json or --report FILE.", .dim) }
    }
}
