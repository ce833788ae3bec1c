import Testing

@testable import MemoryLedger

/// Goal: a row's key gives the right namespace and key, or a reason. Method: a table of keys per format.
@Suite struct LegacyKeyTests {
    @Test(
        arguments: [
            ("mem:a", [], "mem", "a"),
            ("a", [], "mem", "a"),
            (":a", [], "mem", ":a"),
            ("mem:project:ui", [], "mem", "project:ui"),
            ("mem:project:ui", ["mem:project"], "mem:project", "ui"),
            ("mem:project:ui", ["mem", "mem:project"], "mem:project", "ui"),
            ("mem:projects:ui", ["mem", "mem:project"], "mem", "projects:ui"),
            ("memory:a", ["mem"], "memory", "a"),
            ("量子:叠加:b", ["量子:叠加"], "量子:叠加", "b"),
            ("mem:mem:a", [], "mem", "mem:a"),
        ] as [(String, [String], String, String)])
    func splitsKeyvKeys(raw: String, namespaces: [String], namespace: String, key: String) {
        let id = LegacyMapping(namespaces: namespaces).identify(.keyv(raw, ""))
        #expect(id == MemoryKey(namespace: namespace, key: key))
    }

    @Test(
        arguments: [
            ("a", "mem", [], "mem", "a"),
            ("a:b", "mem", [], "mem", "a:b"),
            ("project:ui", "mem", ["mem:project"], "mem:project", "ui"),
            ("mem:a", "", [], "mem", "a"),
            ("a", "", [], "mem", "a"),
        ] as [(String, String, [String], String, String)])
    func readsKeyv6Keys(raw: String, column: String, namespaces: [String], namespace: String, key: String) {
        var row = LegacyRow.keyv(raw, "", format: .keyv6)
        row.namespace = .text(Array(column.utf8))
        #expect(LegacyMapping(namespaces: namespaces).identify(row) == MemoryKey(namespace: namespace, key: key))
    }

    @Test func laterTablesHaveNoNamespaces() {
        let row = LegacyRow(format: .kvMemory2, table: "memories", key: .text(Array("a:b".utf8)))
        let id = LegacyMapping(namespaces: ["a"], defaultNamespace: "own").identify(row)
        #expect(id == MemoryKey(namespace: "own", key: "a:b"))
    }

    @Test(
        arguments: [
            (LegacyCell.null, "The key is NULL."), (.blob([0x61]), "The key is a BLOB"),
            (.integer(1), "The key is a number"),
            (.text([0x6d, 0xff]), "The key is not valid UTF-8"), (.text([]), "The key has 0 bytes"),
            (.text(Array("mem:".utf8)), "The key has 0 bytes"),
            (
                .text(Array("mem:".utf8) + [UInt8](repeating: 0x6b, count: 1_025)),
                "The key has 1025 bytes; allowed are 1 to 1024"
            ),
            (.text([UInt8](repeating: 0x6e, count: 257) + Array(":a".utf8)), "The namespace has 257 bytes"),
            (.text(Array("a\nb".utf8)), "The key has 1 control characters"),
            (.text(Array("a\u{85}\u{7f}".utf8)), "The key has 2 control characters"),
            (.text(Array("n\u{0}:a".utf8)), "The namespace has 1 control characters"),
        ] as [(LegacyCell, String)])
    func quarantinesKeys(key: LegacyCell, reason: String) throws {
        var row = LegacyRow.keyv("", #"{"value":{}}"#)
        row.key = key
        #expect(try #require(LegacyMapping().interpret(row).reason).contains(reason))
    }

    @Test func limitsCanBeChanged() throws {
        var limits = MemoryLimits(keyBytes: 1...3, namespaceBytes: 1...8, textBytes: 4, linksPerMemory: 1)
        func reason(_ key: String, _ value: String) -> String? {
            LegacyMapping(limits: limits).interpret(.keyv(key, value)).reason
        }
        #expect(reason("mem:abc", #"{"value":{"text":"1234","links":[{}]}}"#) == nil)
        #expect(try #require(reason("mem:abcd", #"{"value":{}}"#)).contains("key_bytes"))
        #expect(try #require(reason("mem:a", #"{"value":{"text":"12345"}}"#)).contains("text_bytes"))
        #expect(try #require(reason("mem:a", #"{"value":{"links":[{"term":"12345"}]}}"#)).contains("links.term"))
        #expect(try #require(reason("mem:a", #"{"value":{"links":[{},{}]}}"#)).contains("links_per_memory"))
        limits.linksPerMemory = 2
        #expect(reason("mem:a", #"{"value":{"links":[{},{}]}}"#) == nil)
    }
}
