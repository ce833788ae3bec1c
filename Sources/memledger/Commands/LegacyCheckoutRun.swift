import ArgumentParser
import EventLog
import MemoryLedger
import Synchronization

/// `checkout --format`.
struct LegacyCheckoutRun {
    private let layout: LegacyLayout
    private let command: Checkout

    init(_ layout: LegacyLayout, _ command: Checkout) {
        self.layout = layout
        self.command = command
    }

    func run() async throws {
        let bar = ProgressBar("Checking out", unit: "memories")
        defer { bar.finish() }
        let entries = AllEntries()
        let report = try await command.global.withLedger(.readOnly) { ledger in
            let moment = try await command.moment.resolved(in: ledger)
            return try await command.interruptible { [layout, command] in
                try await ledger.checkout(
                    in: layout, at: moment, to: command.output, replacing: command.force,
                    reporting: { entry in
                        if command.report != nil { entries.append(entry) }
                    }, progress: { bar.update(Int64($0), of: Int64($1)) })
            }
        }
        bar.finish()
        if let file = command.report { try write(report, entries.bytes, to: file) }
        try command.global.show(report.json) { $0.checkedOut(report) }
        if report.needsAttention { throw ExitCode(ExitStatus.lookAt) }
    }

    /// The entries as JSON with commas between them: all of them, where the report itself holds the first ones.
    private final class AllEntries: Sendable {
        private let all = Mutex<[UInt8]>([])

        var bytes: [UInt8] { all.withLock { $0 } }

        func append(_ entry: LegacyCheckoutReport.Entry) {
            all.withLock { bytes in
                if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
                bytes += entry.json.compactBytes
            }
        }
    }

    /// The same document as on standard output, with all entries.
    private func write(_ report: LegacyCheckoutReport, _ entries: [UInt8], to file: String) throws {
        var bytes = JSONValue.object(report.head).compactBytes.dropLast()
        bytes += Array(",\"reported\":[".utf8) + entries + Array("]}\n".utf8)
        guard !System.isDatabase(file) else {
            throw CommandError("\(file) is a database, which a report would destroy; name another file.")
        }
        try AtomicFile.publish(Array(bytes), to: file, replacing: true)
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
