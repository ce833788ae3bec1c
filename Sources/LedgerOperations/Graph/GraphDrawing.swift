import EventLog
package import MemoryLedger

/// Memories and their links in the language of Graphviz: https://graphviz.org/doc/info/lang.html
///
/// Nodes have numbers for names, and every text stands in quotes, so nothing that a memory holds is read as language.
package struct GraphDrawing {
    private let result: LinkWalkResult

    /// Of a key, a summary or a term.
    private static let maximumCharacters = 48

    /// - Parameter result: with its links.
    package init(_ result: LinkWalkResult) { self.result = result }

    package var dot: String {
        var lines = [
            "digraph memories {", "  graph [charset=\"UTF-8\", rankdir=LR];",
            "  node [shape=box, style=rounded, fontname=\"Helvetica\"];",
            "  edge [fontname=\"Helvetica\", fontsize=10];",
        ]
        var names: [ByteText: String] = [:]
        for (index, memory) in result.memories.enumerated() {
            names[ByteText(memory.key)] = "n\(index)"
            let label = [memory.key, memory.summary].filter { !$0.isEmpty }.map(Self.cut).map(Self.escaped)
            let first = index == 0 ? ", penwidth=2" : ""
            lines.append("  n\(index) [label=\"\(label.joined(separator: "\\n"))\"\(first)];")
        }
        for link in result.links {
            guard let from = names[ByteText(link.from)], let to = link.to.flatMap({ names[ByteText($0)] }) else {
                continue
            }
            let label = [link.type, link.term].filter { !$0.isEmpty }.map(Self.cut).map(Self.escaped)
            let width = 0.5 + 2 * min(max(link.weight, 0), 1)
            lines.append(
                "  \(from) -> \(to) [label=\"\(label.joined(separator: ": "))\", penwidth=\(JSONValue(width))];")
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    private static func cut(_ text: String) -> String {
        text.count > maximumCharacters ? text.prefix(maximumCharacters) + "…" : text
    }

    /// As it stands between quotes. Characters that XML does not have become U+FFFD, since an SVG is made of it.
    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": escaped.append(contentsOf: "\\\"".unicodeScalars)
            // Graphviz reads entities of HTML in labels.
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\n", "\r", "\t", "\u{2028}", "\u{2029}": escaped.append(" ")
            case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{fffe}", "\u{ffff}", "\u{202a}"..."\u{202e}",
                "\u{2066}"..."\u{2069}":
                escaped.append("\u{fffd}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
