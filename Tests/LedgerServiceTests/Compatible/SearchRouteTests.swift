import EventLog
import Foundation
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: `/search` and `/fulltext` answer as the old program's second version did, but that Chinese is found and that
/// relevance falls. Method: requests in-process; what is refused, word for word; what is found, by whom.
@Suite struct SearchRouteTests {
    private func filled(_ version: CompatibleService.Version? = nil) async throws -> ServiceLedger {
        let test = try await ServiceLedger(version)
        let links = [
            MemoryLink(type: "bug", key: "none", term: "a", weight: 0.1),
            MemoryLink(type: "bug", key: "coffee", term: "b", weight: 0.9),
        ]
        try await test.ledger.add(
            MemoryKey(key: "tea"), MemoryContent(summary: "Green tea", text: "She drinks tea.", links: links))
        try await test.ledger.add(
            MemoryKey(key: "coffee"), MemoryContent(summary: "Coffee", text: String(repeating: "x", count: 200)))
        try await test.ledger.add(
            MemoryKey(namespace: "Proj", key: "q"), MemoryContent(summary: "量子", text: "量子计算基础概念 tea"))
        return test
    }

    private func get(
        _ test: ServiceLedger, _ path: String, _ query: String?, by caller: Caller = ServiceLedger.owner
    ) async -> Reply {
        await test.send(ServiceRequest("GET", path, query: query, by: caller))
    }

    private static func issue(_ members: String, _ path: String, _ message: String) -> String {
        #"{\#(members),"path":["\#(path)"],"message":"\#(message)"}"#
    }

    @Test func whatIsWrongIsSaidInItsWords() async throws {
        let test = try await filled()
        let small = #""origin":"string","code":"too_small","minimum":1,"inclusive":true"#
        let tooBig = #""origin":"number","code":"too_big","maximum":100,"inclusive":true"#
        let tooSmall = { (bound: Int) in #""origin":"number","code":"too_small","minimum":\#(bound),"inclusive":true"# }
        let cases: [(path: String, query: String, issues: [String])] = [
            ("/search", "q=%20", [Self.issue(small, "q", "q is required")]),
            ("/fulltext", "keywords=", [Self.issue(small, "keywords", "keywords is required")]),
            (
                "/search", "q=a&limit=101&offset=-1",
                [
                    Self.issue(tooBig, "limit", "Too big: expected number to be <=100"),
                    Self.issue(tooSmall(0), "offset", "Too small: expected number to be >=0"),
                ]
            ),
            ("/search", "q=a&limit=", [Self.issue(tooSmall(1), "limit", "Too small: expected number to be >=1")]),
            (
                "/fulltext", "keywords=a&operator=and",
                [
                    Self.issue(
                        #""code":"invalid_value","values":["AND","OR"]"#, "operator",
                        #"Invalid option: expected one of \"AND\"|\"OR\""#)
                ]
            ),
        ]
        for (path, query, issues) in cases {
            let reply = await get(test, path, query)
            #expect(reply.status == 400, "\(path)?\(query): \(reply)")
            #expect(
                reply.text == #"{"success":false,"message":[\#(issues.joined(separator: ","))]}"#, "\(path)?\(query)")
        }
        let empty = await get(test, "/fulltext", "keywords=%2C%20%2C")
        #expect(
            empty.status == 400
                && empty.json?["message"] == "keywords must contain at least one non-empty value", "\(empty)")
        let session = await get(test, "/search", "q=tea&session=none")
        #expect(session.status == 401 && session.json?["message"] == "invalid session", "\(session)")
    }

    @Test func whatIsFoundIsShownWhole() async throws {
        let test = try await filled()
        let head = try await test.ledger.log.head()
        let found = await get(test, "/search", "q=green&session=\(try await test.session())")
        let result = try #require(found.json?["data"]?["results"]?.array?.first, "\(found)")
        let names = ["key", "summary", "excerpt", "relevance", "score", "links"]
        #expect(result.object?.members.map(\.name) == names)
        #expect(result["key"] == "mem:tea" && result["summary"] == "Green tea")
        #expect(result["relevance"] == result["score"] && (0..<1).contains(result["score"]?.number?.double ?? 1))
        // By weight and score, as the second version has it without being asked.
        #expect(result["links"]?.array?.map { $0["key"] } == ["coffee", "none"])
        #expect(result["links"]?.array?[0].object?.members.map(\.name) == ["type", "key", "term", "weight"])
        #expect(found.json?["data"]?["pagination"] == ["total": 1, "limit": 10, "offset": 0])
        let asStored = await get(test, "/search", "q=green&sortLinks=false")
        #expect(
            asStored.json?["data"]?["results"]?.array?[0]["links"]?.array?.map { $0["key"] } == ["none", "coffee"])
        let marked = await get(test, "/search", "q=drinks")
        #expect(marked.json?["data"]?["results"]?.array?[0]["excerpt"] == "She <mark>drinks</mark> tea.")
        let long = await get(test, "/search", "q=coffee")
        let other = try #require(long.json?["data"]?["results"]?.array?.first, "\(long)")
        #expect(other["excerpt"]?.string?.utf16.count == 160 && other["excerpt"]?.string?.hasSuffix("...") == true)
        #expect(other["links"] == nil)
        // No access is counted.
        try await test.ledger.flushReads()
        #expect(try await test.ledger.log.head() == head)
    }

    @Test func anyWordOrAllKeywordsInWhichNamespaces() async throws {
        let test = try await filled()
        func keys(_ path: String, _ query: String, by caller: Caller = ServiceLedger.owner) async -> Set<String> {
            let reply = await get(test, path, query, by: caller)
            return Set(reply.json?["data"]?["results"]?.array?.compactMap { $0["key"]?.string } ?? ["\(reply)"])
        }
        #expect(await keys("/search", "q=green+coffee") == ["mem:tea", "mem:coffee"])
        #expect(await keys("/fulltext", "keywords=green,coffee") == ["mem:tea", "mem:coffee"])
        #expect(await keys("/fulltext", "keywords=green,tea&operator=AND") == ["mem:tea"])
        #expect(await keys("/search", "q=tea") == ["mem:tea", "Proj:q"])
        #expect(await keys("/search", "q=tea&session=\(try await test.session("Proj"))") == ["Proj:q"])
        #expect(await keys("/search", "q=tea&session=") == ["mem:tea", "Proj:q"])
        #expect(await keys("/search", "q=%E8%AE%A1%E7%AE%97") == ["Proj:q"])
        #expect(await keys("/search", "q=tea", by: ServiceLedger.caller(.read, ["Proj"])) == ["Proj:q"])
        #expect(await keys("/search", "q=tea&limit=1&offset=5") == [])
        #expect(await keys("/search", "q=!!!") == [])
    }

    /// A text of different characters, each a word of its own or all of them one run.
    private static func han(_ count: Int) -> String {
        String(String.UnicodeScalarView((0..<count).compactMap { Unicode.Scalar(0x5000 + $0) }))
    }

    private static let long: [(text: String, separator: String)] = [
        (han(130), ""), (han(400), ""), ((0..<257).map { "w\($0)" }.joined(separator: "+"), "+"),
        ((0..<65).map { _ in "w0" }.joined(separator: ";"), ";"), (String(repeating: "w", count: 9_000), ""),
    ]

    /// The old program had no bound, so what is long finds what its beginning finds.
    @Test(arguments: long) func longQuestionsAreAnswered(question: String, separator: String) async throws {
        let test = try await ServiceLedger()
        let beginning = separator.isEmpty ? String(question.prefix(300)) : "w0" + String(repeating: " w0", count: 70)
        try await test.ledger.add(MemoryKey(key: "long"), MemoryContent(text: "so: " + beginning))
        try await test.ledger.add(MemoryKey(key: "other"), MemoryContent(text: "coffee"))
        func keys(_ path: String, _ query: String) async -> [String?] {
            let reply = await get(test, path, query)
            #expect(reply.status == 200, "\(reply)")
            return reply.json?["data"]?["results"]?.array?.map { $0["key"]?.string } ?? ["\(reply)"]
        }
        let words = question.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["+"])) ?? ""
        #expect(await keys("/search", "q=\(words)") == ["mem:long"])
        let keywords = words.replacing("+", with: ",")
        #expect(await keys("/fulltext", "keywords=\(keywords)") == ["mem:long"])
        #expect(await keys("/fulltext", "keywords=\(keywords)&operator=AND") == (separator == "+" ? [] : ["mem:long"]))
        // The tools of the same names answer as well.
        let service = try MCPService(test.ledger, sessions: KVSessions(clock: test.clock), options: MCPOptions())
        let spaced = question.replacing("+", with: " ")
        for (tool, name) in [("memory_search", "query"), ("memory_fulltext_search", "keywords")] {
            let arguments: JSONValue = .object([
                name: .string(name == "query" ? spaced : spaced.replacing(" ", with: ","))
            ])
            let body: JSONValue = [
                "jsonrpc": "2.0", "id": 1, "method": "tools/call",
                "params": ["name": .string(tool), "arguments": arguments],
            ]
            let answer = Reply(
                await service.answer(
                    ServiceRequest(
                        "POST", "/mcp",
                        headers: ["content-type": "application/json", "accept": "application/json, text/event-stream"],
                        body: Array(body.description.utf8), by: ServiceLedger.owner)))
            #expect(answer.status == 200 && answer.text.contains("mem:long"), "\(tool): \(answer)")
        }
    }

    @Test func pagesAreOfOneOrder() async throws {
        let test = try await ServiceLedger()
        for number in 0..<7 {
            try await test.ledger.add(
                MemoryKey(key: "k\(number)"),
                MemoryContent(text: "tea" + String(repeating: " word", count: number * 20)))
        }
        var found: [Double] = []
        var keys: Set<String> = []
        for offset in stride(from: 0, to: 8, by: 2) {
            let reply = await get(test, "/search", "q=tea&limit=2&offset=\(offset)")
            #expect(reply.json?["data"]?["pagination"]?["total"] == 7)
            for result in reply.json?["data"]?["results"]?.array ?? [] {
                found.append(result["relevance"]?.number?.double ?? -1)
                keys.insert(result["key"]?.string ?? "")
            }
        }
        #expect(keys.count == 7 && found == found.sorted(by: >))
    }

    @Test func theFirstVersionHadNone() async throws {
        let test = try await filled(.one)
        for path in ["/search", "/fulltext"] {
            #expect(await get(test, path, "q=tea&keywords=tea") == Reply(404, "", type: nil))
        }
    }

    @Test func aSearchThatIsOffFindsNothing() async throws {
        let test = try await filled()
        let service = CompatibleService(
            test.ledger, sessions: KVSessions(clock: test.clock), isSearchEnabled: false)
        let routes = CompatibleRoutes(service)
        let answer = await routes.answer(
            ServiceRequest("GET", "/search", query: "q=tea&limit=3&offset=1", by: ServiceLedger.owner))
        let expected: JSONValue = [
            "success": true,
            "data": ["results": [], "pagination": ["total": 0, "limit": 3, "offset": 1]],
        ]
        #expect(Reply(answer).json == expected)
    }
}
