import EventLog

extension LegacyMapping {
    /// Reads a row of a `memories` table, whose columns are the fields.
    func nativeMemory(_ row: LegacyRow, _ id: MemoryKey) throws(LegacyQuarantine) -> LegacyMemory {
        guard !row.columns.isEmpty else {
            throw LegacyQuarantine(reason: "\(row.links.count) links start from this key, but no memory has it.")
        }
        var object = JSONObject()
        var created: Timestamp?
        var repaired: [String] = []
        for column in row.columns {
            let name = column.name.lowercased()
            guard var value = try Self.json(column) else { continue }
            if name == "created_at", case .integer(let number) = column.cell {
                created = Self.timestamp(secondsOrMilliseconds: number)
                continue
            }
            if Self.jsonColumns.contains(name), case .text(let bytes) = column.cell {
                if let (parsed, paths) = try? JSONParser.parseRepairing(bytes) {
                    value = parsed
                    // A list's paths begin with an index.
                    repaired += paths.map { name + ($0.isEmpty || $0.hasPrefix("[") ? "" : ".") + $0 }
                }
            }
            object.append(name, value)
        }
        if row.format == .kvMemory2 { try Self.putLinks(of: row, into: &object) }
        let reader = LegacyContentReader(object, key: id.key, escapes: .none)
        var memory = LegacyMemory(id: id, content: reader.content, meta: reader.meta)
        if memory.meta.createdAt == nil { memory.meta.createdAt = created }
        memory.repaired = repaired
        return memory
    }

    /// Where the column `links` holds no list the rows are all there is, and what it holds is kept beside them.
    private static func putLinks(of row: LegacyRow, into object: inout JSONObject) throws(LegacyQuarantine) {
        var rows: [JSONObject] = []
        for link in row.links { rows.append(try Self.link(link)) }
        guard row.linksColumn != nil, case .array(let json)? = object["links"] else {
            if object["links"]?.isNull == true { object.remove("links") }
            return object.append("links", .array(rows.map { .object($0) }))
        }
        let merge = LegacyLinkMerge(rows: rows, hasTerms: row.hasLinkTerms, missingTargets: row.missingTargets)
        object["links"] = .array(merge.links(json))
    }

    private static let jsonColumns: Set<String> = ["keywords", "links", "meta"]

    /// The members of a link in its JSON form, from the columns of `memory_links`; the row's own id says nothing.
    private static func link(_ columns: [LegacyColumn]) throws(LegacyQuarantine) -> JSONObject {
        var object = JSONObject()
        for column in columns where column.name.lowercased() != "id" {
            guard let value = try json(column) else { continue }
            switch column.name.lowercased() {
            case "to_key": object.append("key", value)
            case "link_type": object.append("type", value)
            case let name: object.append(name, value)
            }
        }
        return object
    }

    /// SQLite's `unixepoch()` counts seconds, JavaScript milliseconds, and both were written to `created_at`. Below
    /// 10^11 it is seconds: the year 5138, or 1973 in milliseconds.
    static func timestamp(secondsOrMilliseconds value: Int64) -> Timestamp {
        Timestamp(milliseconds: value.magnitude < 100_000_000_000 ? value * 1_000 : value)
    }
}
