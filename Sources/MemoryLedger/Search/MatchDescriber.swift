import EventLog
import TextSearch

/// Says of what was found why it was, and shows the part of its text that has most of it.
struct MatchDescriber {
    private let query: SearchQuery

    /// Tokens of an excerpt.
    private static let excerptTokens = 24
    /// Words that are named of a field.
    private static let namedWords = 8
    /// Tokens of a field that are looked at for them.
    private static let reasonTokens = 256

    init(_ query: SearchQuery) { self.query = query }

    /// - Parameter memory: as it is at the moment that is asked about; nil if that cannot be told.
    func describe(_ row: MemorySearcher.Row, _ memory: Memory?, at now: Timestamp) -> FoundMemory {
        let version = row.version
        let meta = memory?.meta ?? MemoryMeta(id: version.key, at: now)
        let text = Excerpt(of: version.text, for: query, field: .text, tokens: Self.excerptTokens)
        return FoundMemory(
            key: version.memory, summary: version.summary, excerpt: MarkedText(text), relevance: row.relevance,
            score: MemoryScore(meta, at: now), source: memory?.provenance?.source, trust: memory?.provenance?.trust,
            reasons: reasons(version, text))
    }

    /// Which words were found in which fields: `text: green, tea`.
    private func reasons(_ version: TextVersion, _ text: Excerpt) -> [String] {
        let fields: [(SearchField, String)] = [
            (.key, version.key), (.summary, version.summary), (.keywords, version.keywords.joined(separator: "\n")),
        ]
        var found = fields.map { field, text in
            (field, Excerpt(of: text, for: query, field: field, tokens: Self.reasonTokens))
        }
        found.insert((.text, text), at: 2)
        return found.compactMap { field, excerpt in
            var words: [String] = []
            for part in MarkedText(excerpt).parts where part.isMatch && !words.contains(part.text) {
                words.append(part.text)
            }
            guard !words.isEmpty else { return nil }
            return "\(field.rawValue): \(words.prefix(Self.namedWords).joined(separator: ", "))"
        }
    }
}

extension MarkedText {
    init(_ excerpt: Excerpt) {
        var parts: [Part] = []
        let bytes = Array(excerpt.text.utf8)
        var end = 0
        func add(_ range: Range<Int>, isMatch: Bool) {
            guard !range.isEmpty else { return }
            parts.append(Part(text: String(decoding: bytes[range], as: UTF8.self), isMatch: isMatch))
        }
        if excerpt.isCutBefore { parts.append(Part(text: "…", isMatch: false)) }
        for match in excerpt.matches where match.lowerBound >= end && match.upperBound <= bytes.count {
            add(end..<match.lowerBound, isMatch: false)
            add(match, isMatch: true)
            end = match.upperBound
        }
        add(end..<bytes.count, isMatch: false)
        if excerpt.isCutAfter { parts.append(Part(text: "…", isMatch: false)) }
        self.parts = parts
    }
}
