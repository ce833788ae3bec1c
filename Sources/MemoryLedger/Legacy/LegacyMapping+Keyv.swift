import EventLog

extension LegacyMapping {
    /// Reads an entry of a Keyv table, `{"value": {…}, "expires": …}`.
    func keyvMemory(_ row: LegacyRow, _ id: MemoryKey) throws(LegacyQuarantine) -> LegacyMemory {
        let (entry, repaired) = try entry(row)
        guard let value = entry["value"] else { throw LegacyQuarantine(reason: "The entry has no member \"value\".") }
        guard case .object(let object) = value else {
            throw LegacyQuarantine(reason: "The value is a JSON \(value.kind), not a memory object.")
        }
        // The first version took them for a memory, and what is one stays one.
        if version > 1, Self.isBytes(object) { throw Self.bytesAreNoMemory }
        let reader = LegacyContentReader(object, key: id.key, escapes: row.format == .keyv6 ? .keyv6 : .keyv)
        if !reader.hasContent, Self.isUndefinedKey(row, id) {
            throw LegacyQuarantine(
                reason:
                    "The key is keyv:undefined and the value holds statistics only, left by a bug of the old program.")
        }
        var memory = LegacyMemory(id: id, content: reader.content, meta: reader.meta)
        memory.repaired = repaired.map {
            $0.hasPrefix(Self.valuePrefix) ? String($0.dropFirst(Self.valuePrefix.count)) : $0
        }
        let others = try Self.envelope(row, entry, &memory)
        if !others.isEmpty { memory.content.extra.appendUnderFreeName("keyv", .object(others)) }
        return memory
    }

    private static let valuePrefix = "value."

    private func entry(_ row: LegacyRow) throws(LegacyQuarantine) -> (JSONObject, repaired: [String]) {
        guard case .text(let bytes) = row.value else {
            _ = try Self.text(row.value, "value")
            throw LegacyQuarantine(reason: "The value is not a text.")
        }
        let parsed: JSONValue
        var repaired: [String] = []
        do throws(JSONSyntaxError) {
            // Version 1 set texts aside that were cut inside a surrogate pair.
            if version == 1 {
                parsed = try JSONParser.parse(bytes)
            } else {
                (parsed, repaired) = try JSONParser.parseRepairing(bytes)
            }
        } catch {
            throw LegacyQuarantine(
                reason: error.reason == .invalidUTF8
                    ? "The value is not valid UTF-8, in the string at byte \(error.offset)."
                    : "The value is not JSON: \(error.reason.rawValue), at byte \(error.offset).")
        }
        guard case .object(let entry) = parsed else {
            throw LegacyQuarantine(reason: "The entry is a JSON \(parsed.kind), not an object with a member \"value\".")
        }
        if Self.isBytes(entry) { throw Self.bytesAreNoMemory }
        return (entry, repaired)
    }

    /// What JavaScript makes of a byte array: an object with the places as names, `{"0":31,"1":139,…}`. Keyv's
    /// compression wrote such entries.
    private static func isBytes(_ object: JSONObject) -> Bool {
        guard !object.isEmpty else { return false }
        return object.members.enumerated().allSatisfy { place, member in
            member.name == String(place) && member.value.number?.int64.map { (0...255).contains($0) } == true
        }
    }

    private static let bytesAreNoMemory = LegacyQuarantine(
        reason: "The value is a byte array ({\"0\":…}), compressed or other binary data, not a memory.")

    /// The old program once wrote statistics under the name of a key that it did not have.
    private static func isUndefinedKey(_ row: LegacyRow, _ id: MemoryKey) -> Bool {
        id.namespace == "keyv" && id.key == "undefined" || row.key == .text(Array("keyv:undefined".utf8))
    }

    /// Takes the expiry from the entry, else from the column, and answers what else stands beside the value.
    private static func envelope(
        _ row: LegacyRow, _ entry: JSONObject, _ memory: inout LegacyMemory
    ) throws(LegacyQuarantine) -> JSONObject {
        var others: [JSONObject.Member] = []
        var hasValue = false
        var hasExpires = false
        for member in entry.members.reversed() {
            if member.name == "value", !hasValue {
                hasValue = true
                continue
            }
            if member.name == "expires", !hasExpires {
                hasExpires = true
                if member.value.isNull { continue }
                memory.expiresAt = member.value.number.flatMap(milliseconds)
                if memory.expiresAt != nil { continue }
            }
            others.append(member)
        }
        var object = JSONObject(others.reversed())
        if let cell = row.expires, memory.expiresAt == nil {
            switch cell {
            case .integer(let value): memory.expiresAt = Timestamp(milliseconds: value)
            case .real(let value) where Int64(exactly: value.rounded(.down)) != nil:
                memory.expiresAt = Int64(exactly: value.rounded(.down)).map { Timestamp(milliseconds: $0) }
            case .null: break
            default: try append(LegacyColumn(name: "expires", cell: cell), to: &object)
            }
        }
        for column in row.columns { try append(column, to: &object) }
        return object
    }

    private static func append(_ column: LegacyColumn, to object: inout JSONObject) throws(LegacyQuarantine) {
        if let value = try json(column) { object.appendUnderFreeName(column.name, value) }
    }

    /// Whole milliseconds, a fraction cut off; nil where they are no moment.
    private static func milliseconds(_ number: JSONNumber) -> Timestamp? {
        if let whole = number.int64 { return Timestamp(milliseconds: whole) }
        return Int64(exactly: number.double.rounded(.down)).map { Timestamp(milliseconds: $0) }
    }
}
