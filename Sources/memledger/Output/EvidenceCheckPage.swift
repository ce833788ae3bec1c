import EventLog
import MemoryLedger
import MerkleLog

extension Page {
    mutating func evidence(_ check: EvidenceCheck, _ file: String) {
        let words = check.verdict.words
        line("\(file): evidence \(words.text)", words.paint)
        if let problem = check.problem, check.verdict == .wrong { line("  \(problem.message)") }
        var fields: [(String, String)] = [("  origin", check.checkpoint?.origin ?? "")]
        if let checkpoint = check.checkpoint {
            fields.append(("  log", "\(Figures.count(checkpoint.size, "event", "events")), root \(checkpoint.root)"))
        }
        for signer in check.signers { fields.append(("  signed by", signer.description)) }
        // What does not hold says nothing of its events.
        if check.verdict != .wrong {
            let span = "positions \(Figures.grouped(check.first ?? 0)) to \(Figures.grouped(check.last ?? 0))"
            fields.append(("  events", "\(Figures.grouped(check.counts.events)), \(span)"))
            for range in check.ranges {
                fields.append(("  stream", "\(range.stream), versions \(range.firstVersion) to \(range.lastVersion)"))
            }
            fields.append(("  complete", check.completeness.words))
        }
        self.fields(fields)
        guard check.verdict != .wrong else { return }
        line("  Only the data was checked. The page around it proves nothing: --events shows what the data says.", .dim)
        if check.counts.decrypted > 0 {
            line("  What the encrypted events say is the word of who made the file, and not proved.", .yellow)
        }
        if check.uncompared > 0 {
            let count = Figures.count(check.uncompared, "event", "events")
            line("  What the file says of \(count) could not be compared with what is proved.", .yellow)
        }
    }

    /// What is proved, not what the page says.
    mutating func events(of check: EvidenceCheck, _ catalogue: EventCatalogue) throws {
        var table = EventTable.make(isPaged: true)
        for (position, event) in check.events {
            let recorded = event.recorded(at: position)
            var row = try EventTable.row(recorded, catalogue)
            if event.payloadForm != .plain { row[row.count - 1] = "\(event.payloadForm)" }
            table.add(row)
        }
        self.table(table)
    }
}
