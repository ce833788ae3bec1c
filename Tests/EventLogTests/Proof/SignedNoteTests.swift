import EventLog
import MerkleLog
import Testing

/// Goal: notes and keys are those of C2SP signed-note, to the byte.
/// Method: the published notes are read, verified and made again; then each rule is broken, a row of a table for each.
@Suite struct SignedNoteTests {
    @Test func thePublishedNotesVerify() throws {
        let example = try SignedNote(NoteVectors.exampleNote.utf8)
        let key = try NoteVerifierKey(NoteVectors.exampleKey)
        #expect(try example.verify(with: [key]) == [key])
        #expect(example.text == "This is an example message.\n" && key.description == NoteVectors.exampleKey)

        let both = try SignedNote((NoteVectors.text + "\n" + NoteVectors.peterLine + NoteVectors.enochLine).utf8)
        let keys = try [NoteVectors.peterKey, NoteVectors.enochKey].map { try NoteVerifierKey($0) }
        #expect(try both.verify(with: keys) == keys)
        #expect(try both.verify(with: [keys[1]]) == [keys[1]])
    }

    @Test func signingThePublishedTextGivesThePublishedNote() throws {
        let key = try NoteSigningKey(NoteVectors.peterSigningKey + "\n")
        #expect(key.verifierKey.description == NoteVectors.peterKey && key.privateText == NoteVectors.peterSigningKey)
        var note = try SignedNote(text: NoteVectors.text)
        try note.sign(with: key)
        try note.sign(with: key)
        #expect(String(decoding: note.bytes, as: UTF8.self) == NoteVectors.text + "\n" + NoteVectors.peterLine)
    }

    @Test func aSigningKeyDoesNotTellItself() throws {
        let key = try NoteSigningKey(NoteVectors.peterSigningKey)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains("AYEKFALVFGyNhPJEMzD1QIDr") && text.contains("PeterNeumann"))
        }
    }

    /// Every piece of a key and every key with one byte changed is refused, as Go's own tests have it.
    @Test func nothingButTheWholeKeyIsAKey() {
        let key = Array(NoteVectors.peterKey.utf8)
        for from in key.indices {
            for to in from + 1...key.count where from != 0 || to != key.count {
                let piece = String(decoding: key[from..<to], as: UTF8.self)
                #expect(throws: EventLogError.self, "\(piece)") { try NoteVerifierKey(piece) }
            }
            var changed = key
            changed[from] += 1
            let text = String(decoding: changed, as: UTF8.self)
            #expect(throws: EventLogError.self, "\(text)") { try NoteVerifierKey(text) }
        }
        let signing = Array(NoteVectors.peterSigningKey.utf8)
        for index in signing.indices {
            var changed = signing
            changed[index] += 1
            let text = String(decoding: changed, as: UTF8.self)
            #expect(throws: EventLogError.self, "\(text)") { try NoteSigningKey(text) }
            let piece = String(decoding: signing[..<index], as: UTF8.self)
            #expect(throws: EventLogError.self, "\(piece)") { try NoteSigningKey(piece) }
        }
    }

    @Test(arguments: [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "", "+", "++", "a+b+c",
        NoteVectors.peterKey + "\n", " " + NoteVectors.peterKey, NoteVectors.peterSigningKey,
    ])
    func otherTextsAreNoVerifierKeys(text: String) async {
        await expectError(.malformedKey) { _ = try NoteVerifierKey(text) }
    }

    @Test(arguments: [
        "", "a b", "a+b", "a\u{a0}b", "a\u{2003}b", "a\u{85}b", "a\tb", String(repeating: "a", count: 1_025),
    ])
    func namesThatCannotBe(name: String) async {
        await expectError(.malformedKey) {
            _ = try NoteVerifierKey(name: name, publicKey: .init(repeating: 1, count: 32))
        }
        await expectError(.malformedKey) { _ = try NoteSigningKey(name: name, seed: .init(repeating: 1, count: 32)) }
    }

    private static let good = NoteVectors.text + "\n" + NoteVectors.peterLine

    private static let broken: [(what: String, note: String)] = [
        ("nothing", ""), ("a line break", "\n"), ("no signature", NoteVectors.text + "\n"),
        ("no blank line", NoteVectors.text + NoteVectors.peterLine), ("text alone", NoteVectors.text),
        ("no line break at the end", String(good.dropLast())), ("a blank line at the end", good + "\n"),
        ("a tab", good.replacing("think", with: "th\tink")), ("a null", good.replacing("think", with: "th\0ink")),
        ("carriage returns", good.replacing("\n", with: "\r\n")),
        ("a hyphen", good.replacing("— ", with: "- ")), ("no space", good.replacing("— ", with: "—")),
        ("no name", good.replacing("— PeterNeumann", with: "— ")),
        ("no base64", NoteVectors.text + "\n— PeterNeumann\n"),
        ("empty base64", NoteVectors.text + "\n— PeterNeumann \n"),
        ("a plus in the name", good.replacing("— PeterNeumann", with: "— Peter+Neumann")),
        ("a wide space in the name", good.replacing("— PeterNeumann", with: "— Peter\u{2003}Neumann")),
        ("two spaces", good.replacing("PeterNeumann x08", with: "PeterNeumann  x08")),
        ("no padding", good.replacing("nAM=", with: "nAM")), ("more padding", good.replacing("nAM=", with: "nAM==")),
        ("bits in the padding", good.replacing("nAM=", with: "nAN=")),
        ("a line break's place", good.replacing("nAM=\n", with: "nAM= \n")),
        ("four bytes", NoteVectors.text + "\n— PeterNeumann x08gow==\n"),
        ("one bad line of two", good + "— EnochRoot rwz+eA\n"),
        ("too many", NoteVectors.text + "\n" + String(repeating: NoteVectors.peterLine, count: 101)),
    ]

    @Test(arguments: broken)
    func whatBreaksARuleIsNoNote(what: String, note: String) async {
        await expectError(.malformedNote, "\(what)") { _ = try SignedNote(note.utf8) }
    }

    @Test func bytesThatAreNoUTF8AreNoNote() async {
        let long = String(repeating: "x", count: SignedNote.maximumBytes) + "\n\n" + NoteVectors.peterLine
        await expectError(.malformedNote, "too long") { _ = try SignedNote(long.utf8) }
        await expectError(.malformedNote) { _ = try SignedNote([0xff] + Array(Self.good.utf8)) }
        await expectError(.malformedNote) { _ = try SignedNote(text: "no line break") }
        await expectError(.malformedNote) { _ = try SignedNote(text: "a bell\u{7}\n") }
    }

    @Test func theLastBlankLineSplitsText() throws {
        let note = try SignedNote(("a\n\nb\n\n" + NoteVectors.peterLine).utf8)
        #expect(note.text == "a\n\nb\n" && note.signatures.count == 1)
    }

    @Test func aHundredSignaturesAreRead() throws {
        let note = try SignedNote((NoteVectors.text + "\n" + String(repeating: NoteVectors.peterLine, count: 100)).utf8)
        let key = try NoteVerifierKey(NoteVectors.peterKey)
        #expect(try note.verify(with: [key]) == [key])
        var full = note
        try full.sign(with: NoteSigningKey(NoteVectors.peterSigningKey))
        #expect(throws: EventLogError.self) {
            try full.sign(with: NoteSigningKey(name: "other", seed: .init(repeating: 7, count: 32)))
        }
    }

    @Test func unknownKeysArePassedOverAndBadSignaturesOfKnownOnesAreNot() async throws {
        let peter = try NoteVerifierKey(NoteVectors.peterKey)
        let enoch = try NoteVerifierKey(NoteVectors.enochKey)
        let note = try SignedNote(Self.good.utf8)
        await expectError(.unknownSigner) { try note.verify(with: [enoch]) }
        await expectError(.unknownSigner) { try note.verify(with: []) }
        let stranger = try NoteVerifierKey(name: "PeterNeumann", publicKey: enoch.publicKey)
        await expectError(.unknownSigner, "the same name, another id") { try note.verify(with: [stranger]) }
        let changed = try SignedNote(Self.good.replacing("answer", with: "answers").utf8)
        await expectError(.badSignature) { try changed.verify(with: [peter]) }
        // A good signature of one known key does not make up for a bad one of another.
        let mixed = try SignedNote((Self.good + NoteVectors.enochLine.replacing("5n2tiOHp", with: "5n2tiOHq")).utf8)
        #expect(try mixed.verify(with: [peter]) == [peter])
        await expectError(.badSignature) { try mixed.verify(with: [peter, enoch]) }
        let short = try SignedNote((NoteVectors.text + "\n— PeterNeumann x08goxI=\n").utf8)
        await expectError(.badSignature) { try short.verify(with: [peter]) }
    }
}
