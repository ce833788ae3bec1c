import EventLog
import EventLogTesting
import LedgerService
import MemoryLedger
import Testing

/// Goal: whatever comes, each route answers JSON of the old form, and lives. Method: bodies that are nearly right,
/// random values and random bytes, from a seed that is said.
@Suite struct CompatibleRandomTests {
    private static let names = [
        "session", "key", "value", "links", "namespace", "old_key", "new_key", "sortLinks", "summary", "text", "domain",
        "type", "keywords", "term", "weight", "", "__proto__", "é",
    ]
    private static let texts = [
        "", "a", "mem:a", "mem:", ":", "bug", "design", "true", "\u{0}", "é\u{301}", "关联", "\u{202e}",
        "'; DROP TABLE memories; --",
    ]
    private static let numbers = [
        "0", "-0", "1", "0.5", "1e999", "-1e999", "1e-999", "123456789012345678901234567890", "9007199254740993",
    ]

    private static func value(_ depth: Int, _ session: String, _ random: inout SeededRandom) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 7), using: &random) {
        case 0: return "null"
        case 1: return Bool.random(using: &random) ? "true" : "false"
        case 2: return numbers.randomElement(using: &random) ?? "0"
        case 3: return "\"\(session)\""
        case 4, 5, 6: return JSONValue.string(texts.randomElement(using: &random) ?? "").description
        case 7:
            let values = (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth - 1, session, &random) }
            return "[\(values.joined(separator: ","))]"
        default: return object(depth, session, &random)
        }
    }

    private static func object(_ depth: Int, _ session: String, _ random: inout SeededRandom) -> String {
        let members = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            let name = names.randomElement(using: &random) ?? ""
            let isSession = name == "session" && Bool.random(using: &random)
            return "\"\(name)\":" + (isSession ? "\"\(session)\"" : value(depth - 1, session, &random))
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// A body, sometimes cut, with a byte changed, or wrapped deep.
    private static func body(_ session: String, _ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(object(4, session, &random).utf8)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 1: bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
        case 2: bytes = (0..<64).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        case 3:
            let depth = Int.random(in: 1...2_000, using: &random)
            bytes = Array(repeating: UInt8(ascii: "["), count: depth) + bytes
            bytes += Array(repeating: UInt8(ascii: "]"), count: depth)
        default: break
        }
        return bytes
    }

    @Test(arguments: CompatibleRoutesTests.versions, [UInt64(11), 4_711, 2_026])
    func everyBodyIsAnswered(version: CompatibleService.Version?, seed: UInt64) async throws {
        let test = try await ServiceLedger(version)
        try await test.ledger.add(MemoryKey(key: "a"), MemoryContent(summary: "A"))
        let session = try await test.session()
        var random = SeededRandom(seed)
        let paths = CompatibleRoutesTests.paths + ["/searches", "/", "/mcp"]
        for round in 0..<400 {
            let path = paths.randomElement(using: &random) ?? "/"
            let method = Int.random(in: 0..<10, using: &random) == 0 ? "GET" : "POST"
            let body = Self.body(session, &random)
            let reply = await test.send(ServiceRequest(method, path, body: body, by: ServiceLedger.owner))
            let comment = "seed \(seed), round \(round): \(method) \(path) \(String(decoding: body, as: UTF8.self))"
            if method == "GET" || !CompatibleRoutesTests.paths.contains(path) {
                #expect(reply == Reply(404, "", type: nil), "\(comment)")
                continue
            }
            let success = reply.json?["success"]?.bool
            #expect(success != nil && [200, 400].contains(reply.status), "\(comment): \(reply)")
            #expect(reply.type == "application/json;charset=utf-8")
            if success == false { #expect(reply.json?["message"] != nil, "\(comment)") }
        }
        // It is as alive as before.
        #expect(await test.post("/login", ["namespace": "mem"]).status == 200)
        await test.ledger.close()
    }
}
