import AgentContext
import EventLog
import MemoryLedger

extension Page {
    mutating func proposal(_ document: ProposalDocument) {
        let proposal = document.proposal
        line(proposal.name, .bold)
        fields([
            ("status", proposal.status.rawValue), ("version", String(proposal.version)),
            ("description", proposal.draft.description),
            ("namespace", proposal.namespace), ("proposed by", proposal.proposer ?? ""),
            ("user", proposal.draft.user ?? ""), ("session", proposal.draft.session ?? ""),
            ("made", proposal.createdAt.rfc3339), ("from", "position \(proposal.draft.base)"),
            ("ruled by", proposal.ruling?.by ?? ""), ("ruled", proposal.ruling?.at.rfc3339 ?? ""),
            ("reason", proposal.ruling?.reason ?? ""),
        ])
        if !proposal.draft.reads.isEmpty {
            line()
            line("Made from", .cyan)
            for subject in proposal.draft.reads { line("    \(Self.words(subject))") }
        }
        line()
        line("Changes", .cyan)
        if document.differences.isEmpty { line("    none") }
        for difference in document.differences {
            if let memory = difference as? MemoryDifference { differences([memory]) }
            if let subject = difference as? SubjectDifference { self.difference(subject) }
        }
        guard !document.conflicts.isEmpty else { return }
        line()
        line("Changed since, so it cannot be accepted", .red)
        for conflict in document.conflicts {
            let by = conflict.by.map { " by \($0)" } ?? ""
            let found = conflict.found == 0 ? "gone" : "version \(conflict.found)"
            line("    \(Self.words(conflict.subject)) → \(found)\(by)", .red)
        }
    }

    private static func words(_ subject: ProposalSubject) -> String {
        let version = subject.version == 0 ? "not there" : "version \(subject.version)"
        return "\(subject.kind.rawValue) \(subject.id), \(version)"
    }

    /// Fields that differ, a line each; of a text the lines that do.
    private mutating func difference(_ difference: SubjectDifference) {
        let named = [("blocks", "block"), ("passages", "passage")].lazy.compactMap { family, kind in
            StreamFamily(family).subject(difference.stream).map { "\(kind) \($0.key)" }
        }.first
        let name = named ?? difference.stream.rawValue
        switch (difference.before, difference.after) {
        case (nil, _): line("+ \(name)", .green)
        case (_, nil): line("- \(name)", .red)
        default: line("~ \(name)", .yellow)
        }
        let (before, after) = (difference.before ?? [:], difference.after ?? [:])
        var seen: Set<String> = []
        for member in before.members + after.members where seen.insert(member.name).inserted {
            let (old, new) = (before[member.name], after[member.name])
            if let old, let new, old.isSame(as: new) { continue }
            let texts = (old?["text"]?.string, new?["text"]?.string)
            if texts.0 != nil || texts.1 != nil {
                lines(texts.0 ?? "", texts.1 ?? "")
                continue
            }
            if let old { line("    - \(member.name): \(Self.value(old, of: member.name))", .red) }
            if let new { line("    + \(member.name): \(Self.value(new, of: member.name))", .green) }
        }
    }

    /// The lines of a text that are gone, and those that are new; JSON has all of it.
    private mutating func lines(_ old: String, _ new: String) {
        let (before, after) = (old.split(separator: "\n"), new.split(separator: "\n"))
        let changes = after.difference(from: before)
        for case .remove(_, let text, _) in changes.removals {
            line("    - \(Self.value(.string(String(text)), of: ""))", .red)
        }
        for case .insert(_, let text, _) in changes.insertions {
            line("    + \(Self.value(.string(String(text)), of: ""))", .green)
        }
    }
}
