import Foundation
import MemoryLedger

/// Memories with words as people use them: 50,000 different ones, the k-th with a frequency that falls as 1 ÷ k, so
/// that the first stands in nearly every text and most stand in few.
struct SearchCorpus {
    private var corpus: Corpus

    static let wordCount = 50_000

    init(seed: UInt64) { corpus = Corpus(seed: seed) }

    mutating func below(_ bound: Int) -> Int { corpus.below(bound) }

    mutating func word() -> String { Self.words[corpus.zipf(Self.wordCount)] }

    mutating func text(_ count: Int) -> String { (0..<count).map { _ in word() }.joined(separator: " ") }

    /// A summary of 8 words, a text of 60, two keywords.
    mutating func memory() -> MemoryContent {
        MemoryContent(
            domain: "search", summary: text(8), text: text(60), type: "fact", keywords: [word(), word()])
    }

    /// Made of syllables, each once; frequent ones are shorter.
    private static let words: [String] = {
        let starts = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl"]
        let vowels = ["a", "e", "i", "o", "u", "ai", "ou"]
        let syllables = starts.flatMap { start in vowels.map { start + $0 } }
        return (0..<wordCount).map { number in
            var word = ""
            var rest = number
            repeat {
                word += syllables[rest % syllables.count]
                rest /= syllables.count
            } while rest > 0
            return word + "n"
        }
    }()
}
