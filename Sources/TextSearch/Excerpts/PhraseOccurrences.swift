/// Where the phrases of a query stand in a text, found in one pass over it.
struct PhraseOccurrences {
    struct Occurrence {
        /// Positions in the text, the last one included.
        var first: Int
        var last: Int
        /// Which phrase of the query it is.
        var phrase: Int
        /// The last token is a pair, of which only the first character was looked for.
        var endsInPair = false
    }

    /// By position: where the token stands, in bytes.
    private(set) var starts: [Int] = []
    private(set) var ends: [Int] = []
    /// By position: whether two characters of a run stand there, the second of them at the next position, too.
    private var arePairs: [Bool] = []
    /// Positions at which a sentence begins, rising.
    private(set) var sentences: [Int] = []
    /// By where they begin.
    private(set) var found: [Occurrence] = []
    private(set) var phraseCount = 0

    /// A token that is looked for, and the positions at which it stands.
    private struct Wanted {
        var token: [UInt8]
        var isPrefix: Bool
        var positions: [Int] = []

        func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            isPrefix ? bytes.starts(with: token) : bytes.elementsEqual(token)
        }
    }

    init(_ text: String, _ query: SearchQuery, field: SearchField) {
        let phrases = query.root.phrases.filter { !$0.isBonus && $0.fields.contains(field.set) }
        phraseCount = phrases.count
        var wanted: [Wanted] = []
        let numbers = phrases.map { phrase in
            phrase.tokens.enumerated().map { index, token in
                let isPrefix = phrase.isPrefix && index == phrase.tokens.count - 1
                let bytes = Array(token.utf8)
                if let known = wanted.firstIndex(where: { $0.token == bytes && $0.isPrefix == isPrefix }) {
                    return known
                }
                wanted.append(Wanted(token: bytes, isPrefix: isPrefix))
                return wanted.count - 1
            }
        }
        read(text, &wanted)
        for (phrase, tokens) in numbers.enumerated() {
            find(phrase, tokens.map { wanted[$0].positions }, isPrefix: phrases[phrase].isPrefix)
        }
        found.sort { ($0.first, $0.phrase) < ($1.first, $1.phrase) }
    }

    private mutating func read(_ text: String, _ wanted: inout [Wanted]) {
        // By first byte, so that most tokens are compared with nothing.
        var byByte: [[Int]] = Array(repeating: [], count: 256)
        for (index, each) in wanted.enumerated() { byByte[Int(each.token.first ?? 0)].append(index) }
        var text = text
        text.withUTF8 { bytes in
            _ = Tokenizer().tokenize(bytes) { token in
                if !token.isColocated {
                    if beginsSentence(bytes, ends.last ?? 0, token.start) { sentences.append(starts.count) }
                    starts.append(token.start)
                    ends.append(token.end)
                    arePairs.append(token.kind == .pair)
                }
                let position = starts.count - 1
                for index in byByte[Int(token.bytes[0])] where wanted[index].matches(token.bytes) {
                    // The whole of an identifier may begin as its first part does.
                    if wanted[index].positions.last != position { wanted[index].positions.append(position) }
                    if token.isColocated { ends[position] = max(ends[position], token.end) }
                }
                return true
            }
        }
    }

    private func beginsSentence(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int, _ to: Int) -> Bool {
        guard !starts.isEmpty else { return true }
        var at = from
        while at < to {
            switch bytes[at] {
            case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "\n"):
                return true
            // 。 and the full-width ！ and ？.
            case 0xE3 where at + 2 < to && bytes[at + 1] == 0x80 && bytes[at + 2] == 0x82: return true
            case 0xEF where at + 2 < to && bytes[at + 1] == 0xBC && (bytes[at + 2] == 0x81 || bytes[at + 2] == 0x9F):
                return true
            default: at += 1
            }
        }
        return false
    }

    /// Where what was looked for ends in the text, in bytes.
    func end(of occurrence: Occurrence) -> Int {
        let (start, end) = (starts[occurrence.last], ends[occurrence.last])
        guard occurrence.endsInPair, occurrence.last + 1 < starts.count else { return end }
        // One scalar may be several characters of a run, all of which stand where it stands.
        let next = starts[occurrence.last + 1]
        return next > start ? min(next, end) : end
    }

    /// The phrase stands where each of its tokens stands one position behind the one before.
    private mutating func find(_ phrase: Int, _ positions: [[Int]], isPrefix: Bool) {
        guard var firsts = positions.first else { return }
        for (distance, list) in positions.enumerated().dropFirst() {
            var index = 0
            firsts = firsts.filter { first in
                while index < list.count, list[index] < first + distance { index += 1 }
                return index < list.count && list[index] == first + distance
            }
        }
        found += firsts.map { first in
            let last = first + positions.count - 1
            return Occurrence(first: first, last: last, phrase: phrase, endsInPair: isPrefix && arePairs[last])
        }
    }
}
