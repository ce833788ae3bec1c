import EventLog
import MemoryLedger

/// What a golden file says of a migration before it comes to the single memories: equal summaries, equal outcomes.
struct GoldenSummary: Sendable {
    /// For readers; a source with the same rows may be another file.
    var source: JSONObject
    var counts: JSONObject
    /// Versions by name. Another version may make other rows of the same events, so digests mean nothing across them.
    var projections: JSONObject
    /// SHA-256 by table.
    var tables: JSONObject
    var quarantine: [JSONValue]

    /// Its rows say where the source lies.
    private static let placeDependent: Set<String> = ["import_sources", "origins"]

    init(_ report: MigrationReport, _ digest: LedgerDigest, _ states: [LedgerStatistics.Projection]) {
        source = [
            "format": .string(report.source.format.rawValue), "table": .string(report.source.table),
            "sha256": .string(report.source.sha256),
        ]
        counts = [
            "rows": JSONValue(report.rows), "imported": JSONValue(report.imported),
            "duplicates": JSONValue(report.duplicates), "quarantined": JSONValue(report.quarantined),
            "expired": JSONValue(report.expired), "memories": JSONValue(report.memories),
            "links": JSONValue(report.links), "verified": JSONValue(report.verified.compared),
            "verified_equal": JSONValue(report.verified.equal),
        ]
        projections = JSONObject(
            states.sorted { $0.name.precedesByBytes($1.name) }
                .map { JSONObject.Member(name: $0.name, value: JSONValue($0.version)) })
        tables = JSONObject(
            digest.tables.filter { !Self.placeDependent.contains($0.key) }.sorted { $0.key.precedesByBytes($1.key) }
                .map { JSONObject.Member(name: $0.key, value: .string($0.value)) })
        quarantine = report.quarantine.map { ["key": .string($0.key), "reason": .string($0.reason)] }
    }

    init(_ object: JSONObject) throws {
        guard object["format"]?.number?.int64 == GoldenMigration.format else {
            throw GoldenMigration.Fault(description: "its format is not \(GoldenMigration.format)")
        }
        guard let source = object["source"]?.object, let counts = object["counts"]?.object,
            let projections = object["projections"]?.object, let tables = object["tables"]?.object,
            let quarantine = object["quarantine"]?.array
        else { throw GoldenMigration.Fault(description: "a part is missing") }
        (self.source, self.counts, self.quarantine) = (source, counts, quarantine)
        (self.projections, self.tables) = (projections, tables)
    }

    /// Everything that this one states is so in the other, which may have more tables.
    func isKept(by found: GoldenSummary) -> Bool {
        counts == found.counts && quarantine == found.quarantine && hasSameVersions(as: found)
            && changedTables(in: found).isEmpty
    }

    /// The other one has each projection in the same version, and maybe more.
    private func hasSameVersions(as found: GoldenSummary) -> Bool {
        projections.members.allSatisfy { found.projections[$0.name] == $0.value }
    }

    /// Tables whose rows differ or that are gone; none where a projection has another version.
    func changedTables(in found: GoldenSummary) -> [String] {
        guard hasSameVersions(as: found) else { return [] }
        return tables.members.filter { found.tables[$0.name] != $0.value }.map(\.name)
    }
}

/// The outcome of a migration as a golden file has it.
struct GoldenMigration: Sendable {
    static let format: Int64 = 1

    var summary: GoldenSummary
    /// In the order of namespace and key.
    var memories: [GoldenMemory]

    /// Why a file is none: completes "it is not a golden file".
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    init(summary: GoldenSummary, memories: [GoldenMemory]) {
        self.summary = summary
        self.memories = memories
    }

    // MARK: Reading

    init(_ bytes: [UInt8]) throws {
        guard let object = try JSONParser.parse(bytes).object, let memories = object["memories"]?.array else {
            throw Fault(description: "it has no memories")
        }
        self.init(summary: try GoldenSummary(object), memories: try memories.map { try GoldenMemory($0) })
    }

    /// The summary alone, without reading the memories, where the file is laid out as `bytes` does it.
    static func summary(of bytes: [UInt8]) throws -> GoldenSummary? {
        guard let start = bytes.firstRange(of: memoriesLine) else { return nil }
        guard let object = try? JSONParser.parse(bytes[..<start.lowerBound] + Array("}".utf8)).object else {
            return nil
        }
        return try GoldenSummary(object)
    }

    /// Stands in no string, where a line break is written `\n`.
    private static let memoriesLine = Array(",\n  \"memories\": [".utf8)

    // MARK: Writing

    /// The file: JSON with a line for each table, row in quarantine and memory, so that a change shows as such.
    var bytes: [UInt8] {
        var text = "{\n  \"format\": \(Self.format),\n  \"source\": \(JSONValue(summary.source))"
        text += ",\n  \"counts\": \(JSONValue(summary.counts))"
        text += ",\n  \"projections\": \(JSONValue(summary.projections))"
        text += ",\n  \"tables\": {"
        text += Self.lines(summary.tables.members.map { "\(JSONValue($0.name)): \($0.value)" }) + "}"
        text += ",\n  \"quarantine\": [" + Self.lines(summary.quarantine.map(\.description)) + "]"
        var bytes = Array(text.utf8) + Self.memoriesLine
        bytes += Array(Self.lines(memories.map(\.json.description)).utf8)
        return bytes + Array("]\n}\n".utf8)
    }

    private static func lines(_ items: [String]) -> String {
        items.isEmpty ? "" : "\n    " + items.joined(separator: ",\n    ") + "\n  "
    }
}
