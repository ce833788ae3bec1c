/// Looks for the positions that show most: many different phrases, many of each, and the beginning of a sentence.
struct ExcerptWindow {
    private let occurrences: PhraseOccurrences
    private let tokens: Int
    /// By phrase: the window in which it was seen last.
    private var seen: [Int]
    private var windows = 0

    private static let newPhrase = 1000
    private static let samePhrase = 1
    private static let beginning = 120
    private static let sentence = 100

    init(_ occurrences: PhraseOccurrences, tokens: Int) {
        self.occurrences = occurrences
        self.tokens = tokens
        seen = Array(repeating: 0, count: occurrences.phraseCount)
    }

    /// The best one; of equal ones the first.
    mutating func best() -> Range<Int> {
        let count = occurrences.starts.count
        var start = 0
        var highest = 0
        var sentence = 0
        for (index, occurrence) in occurrences.found.enumerated() {
            let (score, last) = score(from: index, start: occurrence.first)
            if score > highest {
                highest = score
                // What was found stands in the middle.
                start = occurrence.first - max(0, tokens - (last - occurrence.first + 1)) / 2
            }
            while sentence + 1 < occurrences.sentences.count, occurrences.sentences[sentence + 1] <= occurrence.first {
                sentence += 1
            }
            let begin = occurrences.sentences[sentence]
            guard begin + tokens > occurrence.last else { continue }
            var from = index
            while from > 0, occurrences.found[from - 1].first >= begin { from -= 1 }
            let bonus = begin == 0 ? Self.beginning : Self.sentence
            let whole = self.score(from: from, start: begin).score + bonus
            if whole > highest {
                highest = whole
                start = begin
            }
        }
        start = max(0, min(start, count - tokens))
        return start..<min(count, start + tokens)
    }

    /// What a window that begins there shows, and the last position of it.
    private mutating func score(from index: Int, start: Int) -> (score: Int, last: Int) {
        windows += 1
        var score = 0
        var last = start
        for occurrence in occurrences.found[index...] {
            guard occurrence.first < start + tokens else { break }
            guard occurrence.last < start + tokens else { continue }
            score += seen[occurrence.phrase] == windows ? Self.samePhrase : Self.newPhrase
            seen[occurrence.phrase] = windows
            last = max(last, occurrence.last)
        }
        return (score, last)
    }
}
