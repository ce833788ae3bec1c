import LedgerService
import MemoryLedger
import Testing

/// A client's calls, one after the other, in a session of their own.
struct ContractCase: Sendable, CustomTestStringConvertible {
    /// The namespace, too.
    var name: String
    /// Nil: what the server is without --compat.
    var versions: [CompatibleService.Version?] = [nil, .one, .two]
    var steps: [ContractStep]
    /// What was counted in the end: accesses and traversals, by key.
    var counts: [String: [Int]] = [:]

    var testDescription: String { name }
}

/// A request, and the answer to it, byte for byte.
///
/// `$S` is the session, in the path, too; in an answer, `$NEW` is any session, which `$S` is from then on, and `$R` how
/// well something matches.
struct ContractStep: Sendable {
    var method = "POST"
    var path: String
    var body: String
    var status: Int
    var answer: String
    var headers: [String: String] = [:]

    static func call(_ path: String, _ body: String, _ status: Int, _ answer: String) -> Self {
        Self(path: path, body: body, status: status, answer: answer)
    }

    static func add(_ key: String, _ value: String, _ status: Int = 200, _ answer: String = done) -> Self {
        call("/add_memory", #"{"session":"$S","key":"\#(key)","value":\#(value)}"#, status, answer)
    }

    static func get(_ key: String, _ answer: String, _ more: String = "") -> Self {
        call("/get_memory", #"{"key":"\#(key)","session":"$S"\#(more)}"#, 200, answer)
    }

    static func update(_ key: String, _ value: String, _ answer: String? = nil, _ more: String = "") -> Self {
        call(
            "/update_memory", #"{"session":"$S","key":"\#(key)","value":\#(value)\#(more)}"#, 200,
            answer ?? #"{"success":true,"data":{"key":"\#(key)"}}"#)
    }

    static func rename(_ old: String, _ new: String, _ answer: String? = nil) -> Self {
        call(
            "/update_memory_key", #"{"session":"$S","old_key":"\#(old)","new_key":"\#(new)"}"#, 200,
            answer ?? #"{"success":true,"data":{"old_key":"\#(old)","new_key":"\#(new)"}}"#)
    }

    /// - Parameter query: with its question mark.
    static func bulk(_ key: String, _ query: String, _ status: Int, _ answer: String) -> Self {
        Self(method: "GET", path: "/api/memories/\(key)/bulk\(query)", body: "", status: status, answer: answer)
    }

    static let done = #"{"success":true}"#
    /// A value with nothing in it.
    static let empty = #"{"summary":"","text":""}"#

    static func failure(_ message: String) -> String { #"{"success":false,"message":"\#(message)"}"# }

    static func issues(_ issues: String...) -> String {
        #"{"success":false,"message":[\#(issues.joined(separator: ","))]}"#
    }

    /// - Parameter path: names in quotes, and indexes, with commas.
    static func wrong(_ path: String, _ expected: String, _ received: String) -> String {
        #"{"expected":"\#(expected)","code":"invalid_type","path":[\#(path)],"message":"#
            + #""Invalid input: expected \#(expected), received \#(received)"}"#
    }

    /// What a read answers of a memory.
    static func memory(
        domain: String = "", summary: String = "", text: String = "", type: String = "", links: String = "",
        keywords: String = ""
    ) -> String {
        #"{"success":true,"data":{"domain":"\#(domain)","summary":"\#(summary)","text":"\#(text)","#
            + #""type":"\#(type)","links":[\#(links)],"keywords":[\#(keywords)]}}"#
    }

    /// What a read answers of a link.
    static func link(_ type: String, _ key: String?, _ term: String, _ weight: String, _ summary: String? = nil)
        -> String
    {
        let member = key.map { #""key":"\#($0)","# } ?? ""
        return #"{"type":"\#(type)",\#(member)"term":"\#(term)","weight":\#(weight),"#
            + #""summary":"\#(summary ?? "关联记忆不存在")"}"#
    }
}

/// What answers the compatible API.
protocol ContractServer: Sendable {
    func answer(_ step: ContractStep, body: String) async throws -> ContractAnswer
}

struct ContractAnswer: Sendable {
    var status: Int
    /// The header Content-Type.
    var type: String?
    var text: String
}

extension ContractCase {
    /// Sends every request, and compares the answers.
    func run(on server: any ContractServer, _ version: CompatibleService.Version?) async throws {
        let login = try await server.answer(
            .call("/login", "", 200, ""), body: #"{"namespace":"\#(name)"}"#)
        var session = try #require(try JSONValue(parsing: login.text)["data"]?.string, "\(login)")
        for step in steps {
            var step = step
            step.path = step.path.replacing("$S", with: session)
            let answer = try await server.answer(step, body: step.body.replacing("$S", with: session))
            let words = "\(name) \(String(describing: version)): \(step.method) \(step.path) \(step.body)"
            #expect(answer.status == step.status, "\(words): \(answer)")
            var expected = step.answer.replacing("$S", with: session)
            if expected.contains("$NEW") {
                let found = answer.text.firstMatch(of: /"data":"([0-9a-f]{32})"/)
                let new = String(try #require(found, "\(words): \(answer)").1)
                #expect(new != session, "\(words)")
                session = new
                expected = expected.replacing("$NEW", with: new)
            }
            if expected.contains(RelevanceText.mark) {
                let ranked = RelevanceText(answer.text, as: expected)
                #expect(ranked?.isFalling == true, "\(words): \(answer.text)")
            } else {
                #expect(answer.text == expected, "\(words)")
            }
            #expect(answer.type == (expected.isEmpty ? nil : "application/json;charset=utf-8"), "\(words)")
        }
    }

    /// Looks at what was counted.
    func check(in ledger: MemoryLedger) async throws {
        for (key, counts) in counts {
            let memory = try await ledger.get(MemoryKey(namespace: name, key: key))
            let meta = try #require(memory, "\(name): \(key)").meta
            #expect([meta.accessCount, meta.traverseCount] == counts, "\(name): \(key)")
        }
    }
}
