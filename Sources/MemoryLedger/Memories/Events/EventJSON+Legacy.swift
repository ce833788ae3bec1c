import EventLog

extension LegacyRowImport {
    /// What the row held and what its meaning depends on. `columns` are those that the format does not name; `links`
    /// are the rows of the links table.
    package var json: JSONValue {
        var object: JSONObject = [
            "format": .string(row.format.rawValue),
            "table": .string(row.table),
            "namespace": JSONValue(optional: namespace),
            "raw_key": row.key.json,
        ]
        if let namespace = row.namespace { object.append("raw_namespace", namespace.json) }
        object.append("raw_value", row.value.json)
        object.append("expires", row.expires?.json ?? .null)
        object.append("columns", row.columns.json)
        object.append("links", .array(row.links.map(\.json)))
        if let keys = row.missingTargets {
            object.append("missing_targets", .array(keys.map { .string($0) }))
        }
        if row.isBesideUpgraded { object.append("is_beside_upgraded", .bool(true)) }
        if isUnchanged { object.append("is_unchanged", .bool(true)) }
        if let checkedOut { object.append("checked_out", checkedOut.json) }
        object.append("known_namespaces", .array(knownNamespaces.map { .string($0) }))
        if let tableNamespace { object.append("table_namespace", .string(tableNamespace)) }
        if let former { object.append("former", former.json) }
        object.append("keep_expired", JSONValue(keepExpired))
        object.append("mapping_version", JSONValue(mappingVersion))
        object.append("source_sha256", JSONValue(hexadecimal: sourceSHA256))
        object.append("lineage", JSONValue(hexadecimal: lineage))
        object.append("imported_at", JSONValue(importedAt.milliseconds))
        if let truncatedAtBytes { object.append("truncated_at_bytes", JSONValue(truncatedAtBytes)) }
        return .object(object)
    }
}

extension LegacyCheckedOut {
    fileprivate var json: JSONValue {
        [
            "namespace": .string(memory.namespace), "key": .string(memory.key), "memory": JSONValue(memoryID),
            "content_version": JSONValue(contentVersion),
            "kept": .array(Part.allCases.filter(kept.contains).map { .string($0.rawValue) }),
        ]
    }
}

extension LegacyImportStart {
    package var json: JSONValue {
        var object: JSONObject = [
            "path": .string(path),
            "format": .string(format),
            "table": .string(table),
            "size_bytes": JSONValue(sizeBytes),
            "mapping_version": JSONValue(mappingVersion),
            "source_sha256": JSONValue(hexadecimal: sourceSHA256),
            "lineage": JSONValue(hexadecimal: lineage),
        ]
        if !unitedLineages.isEmpty {
            object.append("united_lineages", .array(unitedLineages.map { JSONValue(hexadecimal: $0) }))
        }
        if isContinuedByHand { object.append("is_continued_by_hand", .bool(true)) }
        return .object(object)
    }
}

extension LegacyRowName {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["table": .string(table)]
        if let namespace { object.append("raw_namespace", namespace.json) }
        object.append("raw_key", key.json)
        return .object(object)
    }
}

extension [LegacyColumn] {
    fileprivate var json: JSONValue {
        .object(JSONObject(map { JSONObject.Member(name: $0.name, value: $0.cell.json) }))
    }
}

extension LegacyCell {
    /// A number or a text as such; bytes that are no UTF-8 text as `{"$base64": …}`.
    fileprivate var json: JSONValue {
        switch self {
        case .null: .null
        case .integer(let value): JSONValue(value)
        case .real(let value): JSONValue(value)
        case .text(let bytes): String(validating: bytes, as: UTF8.self).map { .string($0) } ?? Self.base64(bytes)
        case .blob(let bytes): Self.base64(bytes)
        }
    }

    private static func base64(_ bytes: [UInt8]) -> JSONValue { ["$base64": JSONValue(base64: bytes)] }
}
