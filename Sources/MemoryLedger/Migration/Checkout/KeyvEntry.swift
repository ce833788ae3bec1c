import EventLog

/// The text in a Keyv table's column `value`: `{"value": {…}, "expires": …}`, and whatever else stood beside them.
struct KeyvEntry {
    let memory: Memory
    let expiresAt: Timestamp?
    /// Within its namespace, as Keyv understands the row.
    let key: String

    var bytes: [UInt8] {
        var extra = memory.content.extra
        let others = Self.takeEnvelope(from: &extra)
        let value = LegacyValue(content: memory.content, meta: memory.meta, key: key, escapes: .keyv)
        var entry = JSONObject()
        // Of a repeated member the last one counts, so ours come last then.
        let isRepeated = others["value"] != nil || others["expires"] != nil
        if isRepeated { for member in others.members { entry.append(member.name, member.value) } }
        entry.append("value", .object(value.object(with: extra)))
        if let expiresAt {
            entry.append("expires", JSONValue(expiresAt.milliseconds))
        } else if others["expires"]?.number != nil {
            entry.append("expires", .null)
        }
        if !isRepeated { for member in others.members { entry.append(member.name, member.value) } }
        return JSONValue.object(entry).compactBytes
    }

    /// Takes out the member that the reader appended last under the first free name of `keyv`, `keyv_` and so on.
    private static func takeEnvelope(from extra: inout JSONObject) -> JSONObject {
        guard let last = extra.members.last, case .object(let others) = last.value, !others.isEmpty else { return [:] }
        let before = JSONObject(Array(extra.members.dropLast()))
        var free = "keyv"
        while before[free] != nil { free += "_" }
        guard last.name.hasSameBytes(as: free) else { return [:] }
        extra = before
        return others
    }
}
