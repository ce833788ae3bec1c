import EventLog
import MemoryLedger

extension Page {
    /// Columns of a value that is shown; JSON has all of it.
    private static let valueColumns = 60
    /// Of a provenance that is shown.
    private static let derivedKeys = 5
    /// Lines of one difference that are shown; JSON has all of them.
    private static let deltaLines = 50

    /// What differs, field by field and link by link, a line each.
    mutating func delta(_ delta: MemoryDelta) {
        var lines: [(String, Style.Paint?)] = delta.fields.map { (Self.words($0), nil) }
        lines += delta.linksLost.map { ("- link \(Self.words($0))", .red) }
        lines += delta.linksGained.map { ("+ link \(Self.words($0))", .green) }
        for (words, paint) in lines.prefix(Self.deltaLines) { line("    " + words, paint) }
        let more = lines.count - Self.deltaLines
        if more > 0 { line("    and \(Figures.grouped(more)) more: see --json", .dim) }
    }

    private static func words(_ change: FieldChange) -> String {
        let before = change.before.map { value($0, of: change.field) }
        let after = change.after.map { value($0, of: change.field) }
        return switch (before, after) {
        case (let before?, let after?): "\(change.field): \(before) → \(after)"
        case (nil, let after?): "\(change.field): \(after)"
        case (let before?, nil): "\(change.field): \(before) → nothing"
        case (nil, nil): change.field
        }
    }

    /// A field's value in few words; times as times.
    static func value(_ value: JSONValue, of field: String) -> String {
        if field.hasSuffix("_at"), let time = value.number?.int64 { return Timestamp(milliseconds: time).rfc3339 }
        if let provenance = value.object.flatMap({ words(ofProvenance: $0) }) { return provenance }
        let text = value.string.map { $0.isEmpty ? "\"\"" : $0 } ?? value.description
        return Line.truncated(String(Line.sanitised(String(text.prefix(valueColumns * 4)))), to: valueColumns)
    }

    /// `source tool:web, trust 40, derived from mem/tea`; nil for another object.
    private static func words(ofProvenance object: JSONObject) -> String? {
        guard let derived = object["derived_from"]?.array else { return nil }
        var parts: [String] = []
        if let kind = object["source"]?["kind"]?.string, let name = object["source"]?["name"]?.string {
            parts.append("source \(kind):\(Line.truncated(Line.sanitised(name), to: valueColumns))")
        }
        if let trust = object["trust"]?.number?.int64 { parts.append("trust \(trust)") }
        let keys = derived.prefix(derivedKeys).compactMap { memory -> String? in
            guard let namespace = memory["namespace"]?.string, let key = memory["key"]?.string else { return nil }
            return Line.truncated(Line.sanitised("\(namespace)/\(key)"), to: valueColumns)
        }
        let more = derived.count > derivedKeys ? " and \(derived.count - derivedKeys) more" : ""
        if !keys.isEmpty { parts.append("derived from \(keys.joined(separator: ", "))\(more)") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// A link in few words.
    static func words(_ link: MemoryLink) -> String {
        let target = link.key.map { " to \($0)" } ?? ""
        let term = link.term.isEmpty ? "" : " (\(link.term))"
        return Line.truncated("\(link.type)\(target)\(term) \(JSONValue(link.weight))", to: valueColumns * 2)
    }

    /// A command takes its time before the log takes its event.
    private static let noticeableMilliseconds: Int64 = 1_000

    /// An event's head: position, time, type, and who and why where they are known.
    mutating func event(_ event: EventReference, _ words: String = "") {
        line("\(event.position)  \(event.recordedAt.rfc3339)  \(event.type)\(words.isEmpty ? "" : "  " + words)", .cyan)
        var why: [String] = []
        if let actor = event.attribution.actor { why.append("by \(actor)") }
        if abs(event.occurredAt.milliseconds - event.recordedAt.milliseconds) >= Self.noticeableMilliseconds {
            why.append("occurred \(event.occurredAt.rfc3339)")
        }
        if let correlation = event.attribution.correlationID { why.append("for \(correlation)") }
        if let causation = event.attribution.causationID { why.append("because of \(causation)") }
        line("    " + (why + ["event \(event.id)"]).joined(separator: ", "), .dim)
    }

    /// Differences of memories, each with its fields and links.
    mutating func differences(_ differences: [MemoryDifference]) {
        for difference in differences {
            let name = "\(difference.memory.namespace)/\(difference.memory.key)"
            switch difference.kind {
            case .added: line("+ \(name)", .green)
            case .deleted: line("- \(name)", .red)
            case .renamed: line("~ \(name), renamed from \(difference.formerKey ?? "")", .yellow)
            case .quarantined: line("! \(name), quarantined", .red)
            case .released: line("! \(name), released from quarantine", .green)
            case .changed: line("~ \(name)" + (difference.isReplaced ? ", replaced by another" : ""), .yellow)
            }
            delta(difference.delta)
        }
    }
}
