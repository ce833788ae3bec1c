import EventLog
import MerkleLog

/// The part of a file of evidence that a person reads. It proves nothing: that is what the JSON behind it is for.
struct EvidencePage {
    let evidence: Evidence

    init(_ evidence: Evidence) { self.evidence = evidence }

    /// Characters of an event's contents that the page shows; the JSON has all.
    private static let maximumDataCharacters = 4_000
    private static let maximumWordsCharacters = 160
    private static let maximumRanges = 100

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2024;--soft:#60646c;--line:#d9d9e0;--back:#fff;--panel:#f6f6f8}
        @media(prefers-color-scheme:dark){:root{--ink:#edeef0;--soft:#b0b4ba;--line:#3a3d42;--back:#16181a;--panel:#1f2225}}
        body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:72rem;margin:2rem auto;
        padding:0 1.25rem}
        h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
        p{max-width:46rem}.soft{color:var(--soft)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:0}
        dt{color:var(--soft)}dd{margin:0}
        .t{unicode-bidi:isolate;overflow-wrap:anywhere;white-space:pre-wrap}
        code,pre{font:.85em/1.45 ui-monospace,monospace;background:var(--panel);border-radius:4px}
        code{padding:.1em .3em;overflow-wrap:anywhere}
        pre{padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.4rem 0}
        table{border-collapse:collapse;width:100%;font-size:.9rem}
        th{text-align:left;color:var(--soft);font-weight:500}
        th,td{border-bottom:1px solid var(--line);padding:.4rem .6rem .4rem 0;vertical-align:top}
        td.n{text-align:right;font-variant-numeric:tabular-nums}summary{cursor:pointer}
        @media print{body{margin:0;max-width:none;font-size:11px}tr{break-inside:avoid}h2{break-after:avoid}}
        """

    func writeBeginning(into bytes: inout [UInt8]) throws {
        bytes += Array(head.utf8)
        bytes += Array(try eventTable().utf8)
        bytes += Array(explanation.utf8)
    }

    // MARK: Parts

    private var head: String {
        let checkpoint = evidence.checkpoint.checkpoint
        let counts = evidence.counts
        var fields: [(String, String)] = [
            ("Asked for", text(evidence.selection.words)),
            ("Events", countWords(counts)),
            ("Ledger", code(evidence.ledger.description)),
            ("Checkpoint", "\(checkpoint.size) events, of \(code(checkpoint.origin))"),
            ("Root", code(checkpoint.root.description)),
            ("Signed by", signers),
            ("Made", "\(evidence.madeAt.rfc3339) with memledger \(memoryLedgerVersion)" + maker),
        ]
        if !evidence.ranges.isEmpty { fields.append(("Streams", ranges)) }
        let list = fields.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>\n" }.joined()
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Evidence from the ledger \(evidence.ledger)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>Evidence from a memory ledger</h1>
            <p class="soft">This page is for reading and proves nothing by itself. The proof is the data in this same \
            file: check it as said below, and believe what the check prints.</p>
            <dl>
            \(list)</dl>

            """
    }

    private func countWords(_ counts: Evidence.Counts) -> String {
        var words = "\(counts.events)"
        if counts.erased > 0 { words += ", of these \(counts.erased) erased" }
        if counts.locked > 0 { words += ", \(counts.locked) encrypted and not opened" }
        if counts.decrypted > 0 { words += ", \(counts.decrypted) encrypted and opened by the maker" }
        if evidence.eventsAfterCheckpoint > 0 {
            words += "; \(evidence.eventsAfterCheckpoint) more came after the checkpoint and are not here"
        }
        return words
    }

    private var maker: String { evidence.maker.map { ", by " + text($0) } ?? "" }

    /// Of signers whose key the maker knew, the key; of others the name on the checkpoint.
    private var signers: String {
        let signers = evidence.signers
        guard !signers.isEmpty else {
            return evidence.checkpoint.note.signatures.map { code($0.name) }.joined(separator: ", ")
                + " (the maker of this file did not have the public key)"
        }
        return signers.map { "\(code($0.name)), fingerprint \(code($0.idText)), key \(code($0.description))" }
            .joined(separator: "<br>")
    }

    private var ranges: String {
        let shown = evidence.ranges.prefix(Self.maximumRanges).map {
            "\(code($0.stream.rawValue)) versions \($0.firstVersion) to \($0.lastVersion)"
        }
        let more = evidence.ranges.count - shown.count
        return shown.joined(separator: "<br>") + (more > 0 ? "<br>and \(more) more" : "")
    }

    private func eventTable() throws -> String {
        var rows = ""
        for event in evidence.events {
            rows += """
                <tr><td class="n">\(event.position)</td><td>\(event.recordedAt.rfc3339)</td>\
                <td>\(text(event.attribution.actor ?? ""))</td><td>\(text(event.type.rawValue))</td>\
                <td>\(text(subject(event)))</td><td>\(try contents(event))</td></tr>

                """
        }
        return """
            <h2>Events</h2>
            <table>
            <thead><tr><th>Position</th><th>Recorded</th><th>Actor</th><th>Type</th><th>Memory</th><th>What</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>

            """
    }

    private func subject(_ event: RecordedEvent) -> String {
        guard let memory = MemoryStream.memory(event.stream) else { return event.stream.rawValue }
        return memory.namespace.hasSameBytes(as: MemoryKey.defaultNamespace)
            ? memory.key : "\(memory.key) in \(memory.namespace)"
    }

    private func contents(_ event: RecordedEvent) throws -> String {
        if event.protection.isErased { return "erased: nobody can read it any more" }
        if event.protection.isLocked { return "encrypted: it takes the ledger's master key" }
        let data = try evidence.catalogue.json(of: event)["data"] ?? .null
        let note = event.protection.key == nil ? "" : " <span class=\"soft\">(encrypted; opened by the maker)</span>"
        guard data.object?.isEmpty != true else { return note }
        let words = HTMLText.excerpt(words(of: data), Self.maximumWordsCharacters)
        let whole = HTMLText.excerpt(data.indented, Self.maximumDataCharacters)
        return "<details><summary class=\"t\">\(words)</summary><pre class=\"t\">\(whole)</pre></details>" + note
    }

    /// The text that says most of it.
    private func words(of data: JSONValue) -> String {
        for name in ["summary", "new_key", "old_key", "text", "reason"] {
            guard let text = data[name]?.string, !text.isEmpty else { continue }
            switch name {
            case "new_key": return "to \(text)"
            case "old_key": return "from \(text)"
            default: return text
            }
        }
        return data.description
    }

    // MARK: What it is worth

    private var completenessWords: String {
        switch evidence.completeness {
        case .versions:
            "That nothing was left out of the streams named above between the versions given. Later versions, if there "
                + "are any, cannot be ruled out by this file."
        case .positions: "That all events at the positions asked for are here, and nothing was slipped in between."
        case .notProvable:
            "Not that this is all that was asked for: whether there are more such events, proofs of single events "
                + "cannot say. Ask for a key or for a range of positions to have that proved."
        }
    }

    private var explanation: String {
        let isComplete = evidence.completeness != .notProvable
        let key = evidence.signers.last?.description ?? "VERIFIER-KEY"
        let decrypted =
            evidence.counts.decrypted + evidence.counts.locked + evidence.counts.erased > 0
            ? "<li>Of encrypted events, that the ciphertext was recorded. What it says is the word of who made this file, "
                + "unless the key is disclosed; where it was erased, nobody can say.</li>\n" : ""
        return """
            <h2>How to check it</h2>
            <p>Get the verifier key from those who run the ledger, by a way that they alone control, and compare it \
            with the one above. Then, with either program, on any computer:</p>
            <pre>python3 verify_evidence.py FILE --key '\(HTMLText.escaped(key))'
            memledger check FILE --key '\(HTMLText.escaped(key))'</pre>
            <p>Both print whether it holds, and who signed; with <code>--events</code> the first one prints the events \
            as it read them from what is proved. Exit status 0 is verified, 3 that the mathematics holds and no trusted \
            key signed, 1 wrong. The Python program is one file, written from the description of the format alone \
            (Schemas/EVIDENCE.md in the program's sources).</p>
            <h2>What it proves</h2>
            <ul>
            <li>That each of these events was in the log of which the checkpoint was signed, at its position, with \
            exactly these contents, and was not changed since.</li>
            \(isComplete ? "<li>\(completenessWords)</li>\n" : "")</ul>
            <h2>What it does not prove</h2>
            <ul>
            \(isComplete ? "" : "<li>\(completenessWords)</li>\n")\(decrypted)<li>When: times are the ledger's own \
            clock, until a witness has signed too.</li>
            <li>That what was recorded is true, and that the actor is who the name says.</li>
            <li>Who held the signing key when the checkpoint was signed.</li>
            </ul>

            """
    }

    private func text(_ text: String) -> String { "<span class=\"t\">\(HTMLText.escaped(text))</span>" }
    private func code(_ text: String) -> String { "<code class=\"t\">\(HTMLText.escaped(text))</code>" }
}
