import Testing

@testable import TextSearch

/// Goal: text is cut as DESIGN.md says, whatever its bytes. Method: tables of texts and tokens; a token at the place of
/// the one before it is written with `=`, and all of a text's ranges lie in it.
@Suite struct TokenizerTests {
    private static func show(_ text: String) -> String {
        Tokenizer().tokens(of: text).map { ($0.kind == .whole ? "=" : "") + $0.text }.joined(separator: " ")
    }

    @Test(arguments: [
        ("The quick Brown fox.", "the quick brown fox"),
        ("don't stop", "don t stop"),
        ("Ünïcödé Straße ÆON Œuvre Łódź İstanbul", "unicode strasse aeon oeuvre lodz istanbul"),
        ("e\u{301}tude a\u{30A}ngstro\u{308}m", "etude angstrom"),
        ("ＡＢＣ１２３ ｶﾞｷﾞ", "abc =abc123 123 ガギ ギ"),
        ("ﬁle №5 m²", "file no =no5 5 m =m2 2"),
        ("Ελλάς ΕΛΛΆΣ Ёлка й", "ελλασ ελλασ елка и"),
        ("١٢٣ مُحَمَّد", "123 محمد"),
        ("हिन्दी", "हिन्दी"),
        ("Foo™ bar®", "foo bar"),
        ("so\u{AD}ft zero\u{200B}width", "soft zero width"),
    ])
    func wordsAreFolded(text: String, tokens: String) {
        #expect(Self.show(text) == tokens)
    }

    @Test(arguments: [
        ("project:ui/login-v2", "project =project:ui/login-v2 ui login v 2"),
        ("camelCase HTTPServer PDFs iPhone", "camel =camelcase case http =httpserver server pdfs i =iphone phone"),
        ("snake_case __init__ x_", "snake =snake_case case init x"),
        ("sha256sum v2 2nd", "sha =sha256sum 256 sum v =v2 2 2 =2nd nd"),
        ("http://x.com/y. Next", "http =http://x.com/y x com y next"),
        ("end.Next a--b a----b", "end =end.next next a =a--b b a b"),
        ("c508de157c11fccf 2026-11-30", "c508de157c11fccf 2026 =2026-11-30 11 30"),
        ("word. word: word- (word)", "word word word word"),
        ("Größe_maß naïveÜber", "grosse =grosse_mass mass naive =naiveuber uber"),
    ])
    func identifiersAreWholeAndParts(text: String, tokens: String) {
        #expect(Self.show(text) == tokens)
    }

    @Test(arguments: [
        ("量子计算", "量子 子计 计算 算"),
        ("量", "量"),
        ("gen-itgc后50条", "gen =gen-itgc itgc 后 50 条"),
        ("C盘与D盘", "c 盘与 与 d 盘"),
        ("量子，计算。", "量子 子 计算 算"),
        ("ひらがな カタカナー", "ひら らが がな な カタ タカ カナ ナー ー"),
        ("か\u{3099}は\u{309A}", "がぱ ぱ"),
        ("한국어", "한국 국어 어"),
        ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}", "한국 국"),
        ("㍻元年㈱", "平成 成元 元年 年株 株"),
        ("𠮷野家", "𠮷野 野家 家"),
        ("ภาษาไทย", "ภา าษ ษา าไ ไท ทย ย"),
        ("人々", "人々 々"),
    ])
    func runsArePairsAndTheLast(text: String, tokens: String) {
        #expect(Self.show(text) == tokens)
    }

    @Test(arguments: [
        ("ok👍🏽!", "ok 👍"), ("👩‍💻👨‍👩‍👧", "👩‍💻 👨‍👩‍👧"), ("🇩🇪🇫🇷🇯", "🇩🇪 🇫🇷 🇯"),
        ("❤️ ❤", "❤ ❤"), ("1️⃣ one", "1 one"), ("\u{FE0F}\u{200D}", ""),
    ])
    func emojiAreTokens(text: String, tokens: String) {
        #expect(Self.show(text) == tokens)
    }

    @Test func filterTermsAreOneToken() {
        let terms = [
            FilterTerm.encode(kind: "n", value: "Work/Süd 量"), FilterTerm.encode(kind: "k", value: ""),
            FilterTerm.encode(kind: "k", value: String(repeating: "x", count: 100)),
            FilterTerm.encode(kind: "k", value: String(repeating: "x", count: 101)),
            FilterTerm.encode(kind: "k", value: String(repeating: "x", count: 1_000_000)),
        ]
        #expect(Set(terms).count == terms.count)
        let tokens = Tokenizer().tokens(of: terms.map(\.text).joined(separator: " "))
        #expect(tokens.map(\.text) == terms.map(\.text))
        #expect(tokens.allSatisfy { $0.kind == .filter })
    }

    @Test(arguments: [
        ("\u{1}", ""), ("\u{1}N61", "n =n61 61"), ("\u{1}n61x", "n =n61x 61 x"), ("\u{1}n61,b", "n =n61 61 b"),
        ("\u{2}a", "a"),
    ])
    func whatIsNoFilterTermIsText(text: String, tokens: String) {
        #expect(Self.show(text) == tokens)
    }

    private static let million = 1_000_000

    @Test(arguments: [
        ("a", 1), ("A", 1), ("é", 1), ("aB", 1), ("1", 1), ("a1", 1), ("量", million), ("a-", million),
        ("ab-", million), ("aBc_", million), ("👩‍", 16_000), ("e\u{301}", 1), ("\u{301}", 0), ("-", 0),
    ])
    func longTextsAreCut(piece: String, most: Int) {
        var count = 0
        var longest = 0
        let text = String(repeating: piece, count: Self.million / piece.utf8.count)
        Tokenizer().tokenize(text) { token in
            count += 1
            longest = max(longest, token.bytes.count)
            return true
        }
        #expect(count <= most && (most == 0) == (count == 0))
        #expect(longest <= Tokenizer.maximumTokenBytes)
    }

    @Test func bytesOfAnyKindAreTaken() {
        var random = SeededRandom(seed: 11)
        let tokenizer = Tokenizer()
        let interesting: [UInt8] = [0, 1, 2, 0x20, 0x2D, 0x41, 0x61, 0x7A, 0x80, 0xC0, 0xE4, 0xED, 0xF0, 0xF4, 0xFF]
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random) : interesting.randomElement(using: &random) ?? 0
            }
            bytes.withUnsafeBufferPointer { buffer in
                var last = 0
                _ = tokenizer.tokenize(buffer) { token in
                    #expect(token.start < token.end && token.end <= bytes.count && !token.bytes.isEmpty)
                    #expect(token.start >= last || token.isColocated || token.kind != .part, "\(bytes)")
                    if token.kind != .filter { #expect(String(validating: token.bytes, as: UTF8.self) != nil) }
                    last = token.isColocated ? last : token.start
                    return true
                }
            }
        }
    }

    /// A body that is content after any number of tokens gets no more.
    @Test func aBodyCanStop() {
        let text = "one two-three 量子计算 👍 fourFive"
        let all = Tokenizer().tokens(of: text).count
        for wanted in 1...all {
            var count = 0
            let finished = Tokenizer().tokenize(text) { _ in
                count += 1
                return count < wanted
            }
            #expect(!finished && count == wanted)
        }
    }
}

/// Small, and the same everywhere (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
