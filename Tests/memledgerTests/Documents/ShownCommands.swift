import Foundation

/// What a document tells its reader to type, and what it says comes of it.
struct ShownCommand {
    /// Of the document, counted from 1.
    var line: Int
    /// As it is typed: lines that end with a backslash go on.
    var text: String
    /// Lines of the answer, if the document shows them.
    var output: [String]
    /// Where these stand in the document, from 0.
    var outputLines: Range<Int>

    /// Its comment says so.
    var isAsking: Bool { text.contains(/[ ]# .*\basks\b/) }

    /// What builds and tests this repository is run by other means.
    var isOfTheRepository: Bool {
        text.hasPrefix("Tools/") || text.hasPrefix("git ") || text.contains("swift build")
            || text.contains("swift test") || text.contains("swift run")
    }

    /// The prompts of all `console` blocks, in order, each with what follows it up to the next one.
    static func all(in document: String) -> [ShownCommand] {
        var found: [ShownCommand] = []
        var isConsole = false
        var goesOn = false
        for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                (isConsole, goesOn) = (!isConsole && line == "```console", false)
            } else if isConsole, line.hasPrefix("$ ") {
                found.append(
                    ShownCommand(
                        line: index + 1, text: String(line.dropFirst(2)), output: [],
                        outputLines: index + 1..<index + 1))
                goesOn = line.hasSuffix("\\")
            } else if isConsole, !found.isEmpty {
                let last = found.count - 1
                if goesOn {
                    found[last].text += "\n" + line
                    found[last].outputLines = index + 1..<index + 1
                    goesOn = line.hasSuffix("\\")
                } else {
                    found[last].output.append(String(line))
                    found[last].outputLines = found[last].outputLines.lowerBound..<index + 1
                }
            }
        }
        return found
    }
}

/// What is the same in every run of a command.
enum ShownOutput {
    private static let varying: [(String, String)] = [
        (#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"#, "TIME"),
        (#"\d{8}T\d{6}Z"#, "TIME"),
        (#"\d{4}-\d\d-\d\d"#, "DAY"),
        (#"\b20\d\d-\d\d\b"#, "MONTH"),
        (#"\b1\d{12}\b"#, "MILLISECONDS"),
        (#"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"#, "ID"),
        (#"\+[0-9a-f]{8}\+[A-Za-z0-9+/]{40,}=*"#, "+KEY"),
        (#"mlt_[A-Za-z0-9_-]+"#, "TOKEN"),
        (#"\b[0-9a-f]{8,}\b"#, "HEX"),
        (#"\b\d+\.\d+(?= seconds)"#, "SECONDS"),
        (#"(?<=seconds) +[0-9.]+"#, " SECONDS"),
        (#"[0-9,.]+ (bytes|KiB|MiB|kB|MB)"#, "SIZE"),
        (#"(?<="command": )"[^"]*""#, "PROGRAM"),
        (#" {2,}"#, "  "),
        (#" +$"#, ""),
    ]

    static func normalised(_ line: String) -> String {
        varying.reduce(line) { text, pattern in
            text.replacingOccurrences(of: pattern.0, with: pattern.1, options: .regularExpression)
        }
    }

    /// A line of `…` alone stands for any lines, and within a line it stands for anything.
    static func matches(_ shown: [String], _ found: [String]) -> Bool {
        let lines = shown.map { line in
            line == "…"
                ? "(?:.*\n)*?"
                : NSRegularExpression.escapedPattern(for: normalised(line)).replacing("…", with: ".*") + "\n"
        }
        let text = found.map { normalised($0) + "\n" }.joined()
        let whole = text.startIndex..<text.endIndex
        return text.range(of: "\\A" + lines.joined() + "\\z", options: .regularExpression) == whole
    }
}
