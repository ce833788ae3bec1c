import EventLog

/// The links of a kv-memory-2 row that has them in two places: as JSON in its column `links`, and as rows of
/// `memory_links`.
///
/// kv-memory 1.1.0 and 1.2.0 wrote both; their `memory_links` has no column `term`. Later versions keep such a table,
/// add the column `term`, empty in old rows, and from then on read and write the rows alone. So:
///
/// 1. Without a column `term`, or without rows, the JSON is the truth.
/// 2. Otherwise each link of the JSON, in its order:
///    - with a row of its key and type it has the row's weight and further columns, and the row's term or, where that
///      is empty, its own. Of several the first with the row's weight has the row, else the first.
///    - without one it stays as it is, since a row cannot hold a link without a key or without a target, and 1.1.0
///      wrote none for a target that came later; unless a later version wrote this memory's links and could have kept
///      it: then it was taken away.
/// 3. Then the rows that no link of the JSON has, in the order of their ids.
///
/// A later version wrote a memory's links if one of its rows has a term, or no link in the JSON.
struct LegacyLinkMerge {
    private let rows: [JSONObject]
    private let hasTerms: Bool
    /// Nil if they were not looked for, as in events of the first mapping: then every target may be missing.
    private let missingTargets: [String]?

    /// - Parameter rows: in their JSON form, NULL left out.
    init(rows: [JSONObject], hasTerms: Bool, missingTargets: [String]?) {
        self.rows = rows
        self.hasTerms = hasTerms
        self.missingTargets = missingTargets
    }

    /// - Parameter json: the elements of the column, which need not be objects.
    func links(_ json: [JSONValue]) -> [JSONValue] {
        guard hasTerms, !rows.isEmpty else { return json }
        var rowsOfPlaces: [Int: [JSONObject]] = [:]
        var others: [JSONValue] = []
        var wasWrittenLater = false
        let places = Self.places(json)
        for row in rows {
            if !Self.term(row).isEmpty { wasWrittenLater = true }
            if let place = Self.partner(of: row, json, places) {
                rowsOfPlaces[place, default: []].append(row)
            } else {
                others.append(.object(row))
            }
        }
        if !others.isEmpty { wasWrittenLater = true }
        var links: [JSONValue] = []
        for (place, element) in json.enumerated() {
            if let link = element.object, let own = rowsOfPlaces[place] {
                links += own.map { .object(Self.merged(link, $0)) }
            } else if !wasWrittenLater || isHeldByNoRow(element) {
                links.append(element)
            }
        }
        return links + others
    }

    private func isHeldByNoRow(_ link: JSONValue) -> Bool {
        guard let key = link["key"]?.string else { return true }
        return missingTargets?.contains { $0.hasSameBytes(as: key) } ?? true
    }

    /// What a row and a link have in common.
    private struct Name: Hashable {
        let key: [UInt8]
        let type: [UInt8]

        init?(_ link: JSONValue) {
            guard let key = link["key"]?.string, let type = link["type"]?.string else { return nil }
            self.key = Array(key.utf8)
            self.type = Array(type.utf8)
        }
    }

    private static func places(_ json: [JSONValue]) -> [Name: [Int]] {
        var places: [Name: [Int]] = [:]
        for (place, element) in json.enumerated() {
            if let name = Name(element) { places[name, default: []].append(place) }
        }
        return places
    }

    private static func partner(of row: JSONObject, _ json: [JSONValue], _ places: [Name: [Int]]) -> Int? {
        guard let name = Name(.object(row)), let places = places[name] else { return nil }
        let weight = row["weight"]?.number?.double
        return places.first { weight == json[$0]["weight"]?.number?.double ?? MemoryLink.defaultWeight } ?? places.first
    }

    private static func term(_ row: JSONObject) -> String { row["term"]?.string ?? "" }

    private static func merged(_ link: JSONObject, _ row: JSONObject) -> JSONObject {
        var merged = link
        if !term(row).isEmpty { merged["term"] = row["term"] }
        if row["weight"]?.number != nil { merged["weight"] = row["weight"] }
        for member in row.members where merged[member.name] == nil { merged.append(member.name, member.value) }
        return merged
    }
}

extension LegacyRow {
    /// The column of a kv-memory-2 row that holds its links as JSON; nil if it has none.
    var linksColumn: LegacyCell? {
        guard format == .kvMemory2 else { return nil }
        return columns.first { $0.name.lowercased() == "links" }?.cell
    }

    /// Its rows of `memory_links` come from a version that keeps terms there.
    var hasLinkTerms: Bool { links.first?.contains { $0.name.lowercased() == "term" } ?? false }
}
