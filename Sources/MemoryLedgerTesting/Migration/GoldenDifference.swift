import EventLog
import MemoryLedger

/// What became different from a golden file.
struct GoldenDifference {
    /// In a few words: completes "The migration no longer gives what the file says".
    private(set) var headline = ""
    private(set) var lines: [String] = []
    var isEmpty: Bool { lines.isEmpty }

    /// Memories that are shown, field by field; the others are counted.
    static let maximumShown = 20

    private enum Change {
        case added(GoldenMemory)
        case gone(GoldenMemory)
        case changed(GoldenMemory, GoldenMemory)
    }

    init(from expected: GoldenMigration, to found: GoldenMigration) {
        var parts: [String] = []
        let memories = Self.changes(expected.memories, found.memories)
        if !memories.isEmpty { parts.append(Self.count(memories)) }
        let counts = Self.differing(expected.summary.counts, found.summary.counts)
        if !counts.isEmpty { parts.append("other counts") }
        let quarantine = LineDifference.lines(
            expected: expected.summary.quarantine.map(\.description),
            found: found.summary.quarantine.map(\.description))
        if !quarantine.isEmpty { parts.append("other rows in quarantine") }
        let tables = expected.summary.changedTables(in: found.summary)
        if memories.isEmpty, !tables.isEmpty {
            parts.append("no memory changed, but rows of \(tables.joined(separator: ", ")) did")
        }
        headline = parts.joined(separator: "; ")
        for (name, old, new) in counts { lines += ["- \(name): \(old)", "+ \(name): \(new)"] }
        lines += quarantine
        for change in memories.prefix(Self.maximumShown) { lines += Self.lines(change) }
        if memories.count > Self.maximumShown {
            lines.append("… \(memories.count - Self.maximumShown) memories more")
        }
        // Beside memories that changed, their tables say nothing new.
        for table in tables where memories.isEmpty {
            lines.append("- table \(table): \(expected.summary.tables[table]?.string ?? "none")")
            lines.append("+ table \(table): \(found.summary.tables[table]?.string ?? "none")")
        }
        let (old, new) = (expected.summary.source["sha256"], found.summary.source["sha256"])
        if !isEmpty, old != new { lines.append("  The source is another file than the recorded one.") }
    }

    // MARK: Memories

    /// Both lists are in the order of their keys.
    private static func changes(_ expected: [GoldenMemory], _ found: [GoldenMemory]) -> [Change] {
        var changes: [Change] = []
        var (left, right) = (expected[...], found[...])
        while true {
            switch (left.first, right.first) {
            case (nil, nil): return changes
            case (let old?, let new?) where old.id == new.id:
                if !differing(old.fields, new.fields).isEmpty { changes.append(.changed(old, new)) }
                (left, right) = (left.dropFirst(), right.dropFirst())
            case (let old?, let new?) where new.id < old.id:
                changes.append(.added(new))
                right = right.dropFirst()
            case (nil, let new?):
                changes.append(.added(new))
                right = right.dropFirst()
            case (let old?, _):
                changes.append(.gone(old))
                left = left.dropFirst()
            }
        }
    }

    private static func count(_ changes: [Change]) -> String {
        var (added, gone, changed) = (0, 0, 0)
        for change in changes {
            switch change {
            case .added: added += 1
            case .gone: gone += 1
            case .changed: changed += 1
            }
        }
        let parts = [(changed, "changed"), (added, "new"), (gone, "gone")].filter { $0.0 > 0 }
        return parts.map { "\($0.0) \($0.0 == 1 ? "memory" : "memories") \($0.1)" }.joined(separator: ", ")
    }

    private static func lines(_ change: Change) -> [String] {
        switch change {
        case .added(let memory): return ["+ \(memory.id) is new"]
        case .gone(let memory): return ["- \(memory.id) is gone"]
        case .changed(let old, let new):
            let fields = differing(old.fields, new.fields)
            return ["  \(new.id)"] + fields.flatMap { ["-   \($0.name): \($0.old)", "+   \($0.name): \($0.new)"] }
        }
    }

    /// The members that differ, by name; what is missing is `none`.
    private static func differing(_ old: JSONObject, _ new: JSONObject) -> [(name: String, old: String, new: String)] {
        let names = old.members.map(\.name) + new.members.map(\.name).filter { old[$0] == nil }
        return names.compactMap { name in
            guard old[name] != new[name] else { return nil }
            return (name, old[name]?.description ?? "none", new[name]?.description ?? "none")
        }
    }
}
