import Foundation
import MemoryLedger

/// Text that people wrote, found on this machine: this repository's history and documents, and the distribution's.
enum RealText {
    static let description = """
        text: this repository's commit messages and documents, and what is in /usr/share/doc and \
        /usr/share/common-licenses, cut into paragraphs, each once
        """

    private static let paragraphBytes = 80...1_500

    /// Distinct paragraphs, in an order that depends on nothing but the machine's files.
    static func paragraphs(limit: Int) -> [String] {
        var seen = Set<String>()
        var found: [String] = []
        for text in texts() {
            for paragraph in text.split(separator: "\n\n") {
                let words = paragraph.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                guard paragraphBytes.contains(words.utf8.count), seen.insert(words).inserted else { continue }
                found.append(words)
                if found.count == limit * 2 { return shuffled(found, limit) }
            }
        }
        return shuffled(found, limit)
    }

    /// Neighbours in a file resemble each other more than an agent's memories do.
    private static func shuffled(_ texts: [String], _ limit: Int) -> [String] {
        var random = SeededRandom(seed: 1)
        return Array(texts.shuffled(using: &random).prefix(limit))
    }

    private static func texts() -> some Sequence<String> {
        let messages = output("/usr/bin/env", ["git", "log", "--format=%B%n"])
        let documents = files(under: [".", "/usr/share/common-licenses"]) { $0.hasSuffix(".md") || !$0.contains(".") }
        let distribution = files(under: ["/usr/share/doc"]) { !$0.hasSuffix("/copyright") }
        return [[messages].compactMap { $0 }].joined().lazy.map { $0 }.chained(with: documents + distribution)
    }

    private static func files(under folders: [String], _ isWanted: (String) -> Bool) -> [String] {
        folders.flatMap { folder in
            (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
                .filter { !$0.contains(".build/") && !$0.contains(".git/") }
                .map { "\(folder)/\($0)" }.filter(isWanted).sorted()
        }
    }

    fileprivate static func read(_ path: String) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            return nil
        }
        if path.hasSuffix(".gz") { return output("/usr/bin/env", ["gzip", "-dc", path]) }
        return FileManager.default.contents(atPath: path).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func output(_ program: String, _ arguments: [String]) -> String? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(validating: data, as: UTF8.self)
    }
}
