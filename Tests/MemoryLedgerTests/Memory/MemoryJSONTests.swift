import EventLog
import MemoryLedger
import Testing

/// Goal: memories have one JSON shape, and the columns read back what was written, on the fast way and the slow one.
/// Method: a memory with everything in it; random links from a seed; JSON that others wrote.
@Suite struct MemoryJSONTests {
    @Test func hasOneShape() {
        var meta = MemoryMeta(id: "k", at: Timestamp(milliseconds: 7))
        meta.accessCount = 2
        let links = [
            MemoryLink(type: "bug", key: "o", term: "t", weight: 0.25),
            MemoryLink(type: "x", term: "", extra: ["n": 1]),
        ]
        var memory = Memory(
            id: MemoryKey(namespace: "mem", key: "k"),
            content: MemoryContent(domain: "d", summary: "s", text: "t", type: "y", keywords: ["a"], links: links),
            meta: meta)
        let plain =
            #"{"namespace":"mem","key":"k","domain":"d","summary":"s","text":"t","type":"y","keywords":["a"],"links":["#
            + #"{"type":"bug","key":"o","term":"t","weight":0.25},{"type":"x","term":"","weight":0.5,"n":1}],"#
            + #""meta":{"id":"k","created_at":7,"last_accessed_at":7,"last_linked_at":7,"in_degree":0,"out_degree":0,"#
            + #""access_count":2,"traverse_count":0,"status":"active"}"#
        #expect(memory.json.description == plain + "}")
        memory.content.extra = ["z": nil]
        #expect(memory.json.description == plain + #","extra":{"z":null}}"#)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func columnsReadBackWhatWasWritten(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let links = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                MemoryLink(
                    type: .random(using: &random), key: Bool.random(using: &random) ? .random(using: &random) : nil,
                    term: .random(using: &random), weight: Self.weight(&random),
                    extra: Bool.random(using: &random) ? [:] : ["note": .random(depth: 1, using: &random)])
            }
            let keywords = links.map(\.type)
            #expect(try read(MemoryColumns.json(links), MemoryColumns.links) == links, "seed \(seed)")
            #expect(try read(MemoryColumns.json(keywords), MemoryColumns.keywords) == keywords, "seed \(seed)")
            #expect(try JSONParser.parse(MemoryColumns.json(links)) == .array(links.map(\.json)), "seed \(seed)")
        }
    }

    /// The fast way must round as the parser does, or give up.
    private static func weight(_ random: inout SeededGenerator) -> Double {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Double(Int.random(in: -1...2, using: &random))
        case 1: Double(Int.random(in: 0...1_000, using: &random)) / 1_000
        case 2: Double.random(in: 0...1, using: &random)
        default: Double.random(in: -1e30...1e30, using: &random)
        }
    }

    @Test(
        arguments: [
            (#" [ {"weight":1,"type":"a","term":"b"} ] "#, #"[{"type":"a","term":"b","weight":1}]"#),
            (#"[{"type":"a","term":"b","weight":0.10}]"#, #"[{"type":"a","term":"b","weight":0.1}]"#),
            (#"[{"type":"a","term":"b","weight":0.}]"#, nil),
            (#"[{"type":"a","key":null,"term":"b","weight":1e0},5]"#, #"[{"type":"a","term":"b","weight":1}]"#),
            ("{}", "[]"), ("[]", "[]"), ("[", nil), ("[]]", nil), ("", nil),
        ] as [(String, String?)])
    func columnsReadWhatOthersWrote(text: String, canonical: String?) {
        let links = try? read(Array(text.utf8), MemoryColumns.links)
        #expect(links.map { String(decoding: MemoryColumns.json($0), as: UTF8.self) } == canonical)
    }

    private func read<Value>(
        _ bytes: [UInt8], _ reader: (UnsafeRawBufferPointer) throws(JSONSyntaxError) -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { try reader($0) }
    }
}
