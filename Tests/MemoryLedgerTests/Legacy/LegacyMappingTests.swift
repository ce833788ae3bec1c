import EventLog
import Testing

@testable import MemoryLedger

/// Goal: each odd value of a Keyv table is imported or quarantined by the rules. Method: a table of values with what
/// becomes of them, the content as JSON.
@Suite struct LegacyMappingTests {
    private static let empty = #""domain":"","summary":"","text":"","type":"","keywords":[],"links":[]"#

    @Test(
        arguments: [
            (#"{"value":{}}"#, "{\(empty)}"),
            (#"{"value":{"text":null,"links":null,"keywords":null,"meta":null}}"#, "{\(empty)}"),
            (
                #"{"value":{"domain":"d","summary":"s","text":"t","type":"y","keywords":["k"],"links":[]}}"#,
                #"{"domain":"d","summary":"s","text":"t","type":"y","keywords":["k"],"links":[]}"#
            ),
            (
                #"{"value":{"domain":":::d","summary":"::","text":"::base64:x","type":"a:b","keywords":["::k"]}}"#,
                #"{"domain":"::d","summary":":","text":":base64:x","type":"a:b","keywords":[":k"],"links":[]}"#
            ),
            (
                #"{"value":{"text":":base64:AA==","more":[{":n":"::v"},":base64:BB=="]}}"#,
                #"{\#(empty),"extra":{"text":{"$base64":"AA=="},"more":[{":n":":v"},{"$base64":"BB=="}]}}"#
            ),
            (
                #"{"value":{"text":7,"summary":["s"],"keywords":"k","links":{"a":1},"meta":[1]}}"#,
                #"{\#(empty),"extra":{"text":7,"summary":["s"],"keywords":"k","links":{"a":1},"meta":[1]}}"#
            ),
            (
                #"{"value":{"keywords":["a",1,null,"b"],"links":[1,"x"]}}"#,
                #"{"domain":"","summary":"","text":"","type":"","keywords":["a","b"],"links":[],"extra":{"keywords":[1,null],"links":[1,"x"]}}"#
            ),
            (
                #"{"value":{"text":"first","z":1,"z":2,"text":"last"}}"#,
                #"{"domain":"","summary":"","text":"last","type":"","keywords":[],"links":[],"extra":{"text":"first","z":1,"z":2}}"#
            ),
            (
                #"{"value":{"n":1.10,"keyv":0},"expires":"soon","tag":[":base64:x"]}"#,
                #"{\#(empty),"extra":{"n":1.10,"keyv":0,"keyv_":{"expires":"soon","tag":[":base64:x"]}}}"#
            ),
            (
                #"{"value":{"meta":{"id":"other","in_degree":3,"out_degree":"x","status":"odd","access_count":-1,"traverse_count":2,"mood":":: good"}}}"#,
                #"{\#(empty),"extra":{"meta":{"id":"other","out_degree":"x","status":"odd","access_count":-1,"mood":": good"}}}"#
            ),
            (
                #"{"value":{"text":"::bigint:5","summary":":bigint:5"}}"#,
                #"{"domain":"","summary":"bigint:5","text":":bigint:5","type":"","keywords":[],"links":[]}"#
            ),
        ] as [(String, String)])
    func importsContent(value: String, content: String) {
        let memory = LegacyMapping().interpret(.keyv("mem:k", value)).memory
        #expect(memory?.id == MemoryKey(namespace: "mem", key: "k"))
        #expect(memory?.content.json.description == content)
    }

    @Test(
        arguments: [
            (
                #"{"type":"supersedes","key":"k","term":"t","weight":1.5}"#,
                #"{"type":"supersedes","key":"k","term":"t","weight":1.5}"#
            ),
            (#"{"type":"bug","term":"t","weight":-1}"#, #"{"type":"bug","term":"t","weight":-1}"#),
            (#"{"type":"bug","key":null,"term":"t"}"#, #"{"type":"bug","term":"t","weight":0.5}"#),
            (
                #"{"type":"bug","key":"::k","term":"t","weight":"heavy"}"#,
                #"{"type":"bug","key":":k","term":"t","weight":0.5,"weight_raw":"heavy"}"#
            ),
            (
                #"{"weight":1e999,"key":5,"weight_raw":1,"note":":: n"}"#,
                #"{"type":"","term":"","weight":0.5,"weight_raw":1e999,"key_raw":5,"weight_raw_":1,"note":": n"}"#
            ),
            (#"{"key":"a","key":null,"type":"x","term":"y"}"#, #"{"type":"x","term":"y","weight":0.5,"key_raw":"a"}"#),
            ("{}", #"{"type":"","term":"","weight":0.5}"#),
        ] as [(String, String)])
    func importsLinks(link: String, json: String) throws {
        let memory = LegacyMapping().interpret(.keyv("mem:k", #"{"value":{"links":[\#(link)]}}"#)).memory
        let found = try #require(memory?.content.links.first)
        #expect(found.json.description == json)
        #expect(memory?.content.extra.isEmpty == true)
        let column = MemoryColumns.json([found])
        #expect(try column.withUnsafeBytes { try MemoryColumns.links(json: $0) } == [found])
    }

    @Test(
        arguments: [
            ("", "is not JSON: it ends too early, at byte 0"),
            (#"{"value":{"text":"cut"#, "is not JSON: it ends too early, at byte 21"),
            ("hello", "is not JSON: a byte that cannot stand here, at byte 0"),
            (#"{"value":{}} x"#, "is not JSON: something follows the value, at byte 13"),
            (#""text""#, "The entry is a JSON string"),
            ("[]", "The entry is a JSON array"),
            ("{}", "no member \"value\""),
            (#"{"expires":1}"#, "no member \"value\""),
            (#"{"value":"This is UI"}"#, "The value is a JSON string, not a memory object."),
            (#"{"value":null}"#, "The value is a JSON null"),
            (#"{"value":{"0":120,"1":156,"2":0}}"#, "The value is a byte array"),
            (#"{"0":31,"1":139}"#, "The value is a byte array"),
            (#"{"value":{},"value":[1]}"#, "The value is a JSON array"),
        ] as [(String, String)])
    func quarantinesValues(value: String, reason: String) throws {
        let found = try #require(LegacyMapping().interpret(.keyv("mem:k", value)).reason)
        #expect(found.contains(reason))
    }

    @Test(
        arguments: [
            (LegacyCell.null, "The value is NULL."), (.blob([0x7b, 0x7d]), "The value is a BLOB"),
            (.integer(5), "The value is a number"), (.real(0.5), "The value is a number"),
            (.text(Array(#"{"value":{"text":""#.utf8) + [0xff, 0x22, 0x7d, 0x7d]), "The value is not valid UTF-8"),
        ] as [(LegacyCell, String)])
    func quarantinesOtherStorageClasses(value: LegacyCell, reason: String) throws {
        var row = LegacyRow.keyv("mem:k", "")
        row.value = value
        #expect(try #require(LegacyMapping().interpret(row).reason).contains(reason))
    }

    @Test func quarantinesTheUndefinedKeyOnlyWithoutContent() throws {
        let statistics = #"{"value":{"meta":{"created_at":1}}}"#
        for row in [LegacyRow.keyv("keyv:undefined", statistics), .keyv("keyv:undefined", statistics, format: .keyv6)] {
            #expect(try #require(LegacyMapping().interpret(row).reason).contains("bug of the old program"))
        }
        #expect(LegacyMapping().interpret(.keyv("mem:undefined", statistics)).memory != nil)
        #expect(LegacyMapping().interpret(.keyv("keyv:undefined", #"{"value":{"text":"t"}}"#)).memory != nil)
    }

    @Test(
        arguments: [
            (#"{"value":{},"expires":1769177364852}"#, 1_769_177_364_852), (#"{"value":{},"expires":null}"#, nil),
            (#"{"value":{}}"#, nil), (#"{"value":{},"expires":1.5e3}"#, 1500), (#"{"value":{},"expires":12.75}"#, 12),
            (#"{"value":{},"expires":1e300}"#, nil), (#"{"expires":5,"value":{},"expires":7}"#, 7),
        ] as [(String, Int64?)])
    func readsExpiry(value: String, milliseconds: Int64?) {
        let memory = LegacyMapping().interpret(.keyv("mem:k", value)).memory
        #expect(memory?.expiresAt?.milliseconds == milliseconds)
    }

    @Test func readsNamesThatAreWrittenWithEscapes() throws {
        let value = #"{"\u0076alue":{"te\u0078t":"x","links":[{"typ\u0065":"bug","k\u0065y":"b"}]},"expire\u0073":9.5}"#
        let memory = try #require(LegacyMapping().interpret(.keyv("mem:k", value)).memory)
        #expect(memory.content.text == "x" && memory.content.extra.isEmpty)
        #expect(memory.content.links.first?.key == "b")
        #expect(memory.expiresAt?.milliseconds == 9)
        // Numbers under other names are fields.
        let numbers = LegacyMapping().interpret(.keyv("mem:k", #"{"value":{"1":0,"0":1}}"#)).memory
        #expect(numbers?.content.extra.count == 2)
    }

    @Test func takesExpiryFromTheColumnWhereTheEntryHasNone() {
        var row = LegacyRow.keyv("k", #"{"value":{}}"#, format: .keyv6)
        row.expires = .integer(5)
        #expect(LegacyMapping().interpret(row).memory?.expiresAt?.milliseconds == 5)
        row.expires = .real(1_769_177_364_852.75)
        #expect(LegacyMapping().interpret(row).memory?.expiresAt?.milliseconds == 1_769_177_364_852)
        row.expires = .real(1e300)
        #expect(LegacyMapping().interpret(row).memory?.expiresAt == nil)
        row.expires = .integer(5)
        row.value = .text(Array(#"{"value":{},"expires":9}"#.utf8))
        #expect(LegacyMapping().interpret(row).memory?.expiresAt?.milliseconds == 9)
        row.value = .text(Array(#"{"value":{}}"#.utf8))
        row.expires = .text(Array("never".utf8))
        #expect(LegacyMapping().interpret(row).memory?.content.extra["keyv"]?["expires"] == "never")
    }

    @Test func readsStatistics() throws {
        let value =
            #"{"value":{"meta":{"id":"k","created_at":1,"last_accessed_at":2,"last_linked_at":3.0,"access_count":4,"traverse_count":5,"status":"cold"}}}"#
        let memory = try #require(LegacyMapping().interpret(.keyv("mem:k", value)).memory)
        var meta = LegacyMeta()
        (meta.createdAt, meta.lastAccessedAt) = (Timestamp(milliseconds: 1), Timestamp(milliseconds: 2))
        (meta.lastLinkedAt, meta.accessCount, meta.traverseCount) = (Timestamp(milliseconds: 3), 4, 5)
        meta.status = .cold
        #expect(memory.meta == meta)
        #expect(memory.content.extra.isEmpty)
    }

    @Test func readsBigIntegersOfKeyv6() {
        let value = #"{"value":{"text":":bigint:7","size":":bigint:-12345678901234567890","odd":":bigint:x"}}"#
        let content = LegacyMapping().interpret(.keyv("k", value, format: .keyv6)).memory?.content
        #expect(
            content?.extra.members.map { "\($0.name)=\($0.value)" } == [
                "text=7", "size=-12345678901234567890", "odd=\"bigint:x\"",
            ])
    }
}
