import Foundation
import MemoryLedger

/// Text that people wrote, found on this machine: this repository's history and documents, and the distribution's.
enum RealText {
    static let description = """
        text: this repository's commit messages and documents, and what is in /usr/share/doc and \
        /usr/share/common-licenses, cut into paragraphs, each once
        """

    private static let paragraphBytes = 80...1_500
    /// One long file must not stand for all.
    private static let maximumParagraphsPerFile = 60

    /// Distinct paragraphs, in an order that depends on nothing but the machine's files.
    static func paragraphs(limit: Int) -> [String] {
        var seen = Set<String>()
        var found: [String] = []
        func take(_ text: String, _ maximum: Int) {
            var taken = 0
            for paragraph in text.split(separator: "\n\n") where taken < maximum {
                let words = paragraph.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                guard paragraphBytes.contains(words.utf8.count), seen.insert(words).inserted else { continue }
                found.append(words)
                taken += 1
            }
        }
        take(output("/usr/bin/env", ["git", "log", "--format=%B%n"]) ?? "", .max)
        var random = SeededRandom(seed: 1)
        let documents = files(under: ["."]) { $0.hasSuffix(".md") }
        let distribution = files(under: ["/usr/share/common-licenses", "/usr/share/doc"]) {
            !$0.hasSuffix("/copyright")
        }
        for path in documents + distribution.shuffled(using: &random) where found.count < limit * 5 / 4 {
            if let text = read(path) { take(text, maximumParagraphsPerFile) }
        }
        // Neighbours in a file resemble each other more than an agent's memories do.
        return Array(found.shuffled(using: &random).prefix(limit))
    }

    /// A memory of each text: its first words as the summary, its longest as keywords, links to older ones.
    static func memories(_ texts: [String]) -> [(MemoryKey, MemoryContent)] {
        var corpus = Corpus(seed: 2)
        return texts.enumerated().map { number, text in
            let words = text.split(separator: " ")
            let keywords = Set(words).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }.prefix(2)
            var content = corpus.memory(linkingTo: (0..<2).map { _ in Corpus.key(corpus.below(max(1, number))) })
            content.summary = words.prefix(8).joined(separator: " ")
            content.text = text
            content.keywords = keywords.map(String.init)
            return (MemoryKey(key: Corpus.key(number)), content)
        }
    }

    private static func files(under folders: [String], _ isWanted: (String) -> Bool) -> [String] {
        folders.flatMap { folder in
            (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
                .filter { !$0.contains(".build/") && !$0.contains(".git/") }
                .map { "\(folder)/\($0)" }.filter(isWanted).sorted()
        }
    }

    private static func read(_ path: String) -> String? {
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
