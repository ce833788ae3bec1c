import EventLog
import Foundation
import LedgerStorage

/// Writes the memories of a moment into a file in a layout of the old program, and says what it cannot hold.
struct LegacyCheckout {
    let layout: LegacyLayout
    /// The moment's tables, in one snapshot.
    let tables: SQLiteConnection
    /// What has expired by then is not shown.
    let now: Timestamp
    let locked: [String]
    /// The id of the moment's last event; nil if there is none.
    let event: EventID?
    let reporting: (LegacyCheckoutReport.Entry) throws -> Void
    let progress: (_ memories: Int, _ of: Int) -> Void

    /// Memories between two looks at whether the work was cancelled.
    private static let memoriesPerStep = 256

    /// - Parameters:
    ///   - path: Where nothing is.
    ///   - report: Takes the counts and the entries.
    func run(to path: String, rights: FileRights, _ report: inout LegacyCheckoutReport) throws {
        let names = try namespaces()
        report.locked = locked
        report.namespaces = layout == .keyv ? names.filter { $0.utf8.contains(UInt8(ascii: ":")) } : []
        report.quarantined = try quarantined(names)
        let writer = try writer(path, rights, report.namespaces)
        let total = Int(try tables.integer("SELECT count(*) FROM memories") ?? 0)
        var (steps, counts) = (0, report)
        try writer.write(names, from: tables) {
            steps += 1
            guard steps % Self.memoriesPerStep == 0 else { return }
            try Task.checkCancellation()
            progress(steps / writer.passes, total)
        } report: { standing, outcome in
            try add(outcome, of: standing.memory.id, to: &counts)
        }
        try Task.checkCancellation()
        try writer.finish(at: report.moment.position, event)
        report = counts
        report.links = writer.links
    }

    private func writer(_ path: String, _ rights: FileRights, _ namespaces: [String]) throws -> any LegacyLayoutWriter {
        switch layout {
        case .keyv: try KeyvLayoutWriter(path: path, rights: rights, namespaces: namespaces)
        case .kvMemory2: try KVMemory2LayoutWriter(path: path, rights: rights, now: now)
        }
    }

    private func namespaces() throws -> [String] {
        let row = try tables.statement("SELECT DISTINCT namespace FROM memories ORDER BY namespace")
        defer { row.reset() }
        var names: [String] = []
        while try row.step() { names.append(row.text(0)) }
        return names.filter { name in !locked.contains { $0.hasSameBytes(as: name) } }
    }

    private func quarantined(_ namespaces: [String]) throws -> Int {
        let row = try tables.statement(
            """
            SELECT count(*) FROM memories WHERE \(MemoryRows.isQuarantined)
                AND namespace IN (SELECT value FROM json_each(?))
            """)
        row.bind(1, JSONValue.array(namespaces.map { .string($0) }).description)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }

    private func add(
        _ outcome: LegacyOutcome, of id: MemoryKey, to report: inout LegacyCheckoutReport
    ) throws {
        let entry: LegacyCheckoutReport.Entry
        switch outcome {
        case .leftOut(let reason):
            report.leftOut += 1
            entry = .init(
                namespace: id.namespace, key: id.key, isLeftOut: true, fields: [.init(name: "memory", reason: reason)])
        case .written(let differences):
            report.memories += 1
            guard !differences.isEmpty else { return }
            report.changed += 1
            entry = .init(namespace: id.namespace, key: id.key, isLeftOut: false, fields: differences)
        }
        if report.entries.count < LegacyCheckoutReport.maximumListed { report.entries.append(entry) }
        try reporting(entry)
    }
}
