import LedgerService

/// The rows of the second version's tools that search.
enum MCPSearchContract {
    typealias Step = MCPContractStep

    static let all: [MCPContractCase] = [reads, nothing, refused, sessions, noSessions, unknown]

    private static let done = "success: true"

    private static func json(_ links: [String]) -> String {
        let listed = links.map { link in
            let parts = link.split(separator: " ")
            return """
                          {
                            "type": "bug",
                            "key": "\(parts[0])",
                            "term": "t",
                            "weight": \(parts[1])
                          }
                """
        }
        return """
            {
              "success": true,
              "data": {
                "results": [
                  {
                    "key": "finding:tea",
                    "summary": "Green",
                    "excerpt": "a <mark>zmcptea</mark>",
                    "relevance": $R,
                    "score": $R,
                    "links": [
            \(listed.joined(separator: ",\n"))
                    ]
                  }
                ],
                "pagination": {
                  "total": 1,
                  "limit": 10,
                  "offset": 0
                }
              }
            }
            """
    }

    private static func toon(_ rows: [String], total: Int, limit: Int, offset: Int) -> String {
        let list = rows.isEmpty ? "results[0]:" : "results[\(rows.count)]{key,summary,excerpt,relevance,score}:"
        return """
            success: true
            data:
              \(([list] + rows.map { "  " + $0 }).joined(separator: "\n  "))
              pagination:
                total: \(total)
                limit: \(limit)
                offset: \(offset)
            """
    }

    private static let both = #""finding:b",zmcpboth zmcpone,"",$R,$R"#
    private static let one = #""finding:one",zmcpone,w w w w w w,$R,$R"#

    private static let reads = MCPContractCase(
        name: "finding", versions: [nil, .two],
        steps: [
            .tool(
                "memory_add",
                #"{"key":"tea","value":{"summary":"Green","text":"a zmcptea"},"session":"$S","#
                    + #""links":[{"type":"bug","key":"none","term":"t","weight":0.25},"#
                    + #"{"type":"bug","key":"b","term":"t","weight":0.75}]}"#, done),
            .tool(
                "memory_add", #"{"key":"b","value":{"summary":"zmcpboth zmcpone","text":""},"session":"$S"}"#, done),
            .tool(
                "memory_add", #"{"key":"one","value":{"summary":"zmcpone","text":"w w w w w w"},"session":"$S"}"#, done),
            .tool(
                "memory_search", #"{"query":" ZMCPTEA ","session":"$S","output_format":"json"}"#,
                json(["b 0.75", "none 0.25"])),
            .tool(
                "memory_fulltext_search",
                #"{"keywords":"zmcptea,","session":"$S","output_format":"json","sortLinks":"False"}"#,
                json(["none 0.25", "b 0.75"])),
            .tool(
                "memory_search", #"{"query":"zmcpone zmcpboth","session":"$S"}"#,
                toon([both, one], total: 2, limit: 10, offset: 0)),
            .tool(
                "memory_search", #"{"query":"zmcpone zmcpboth","session":"$S","limit":1,"offset":1,"x":1}"#,
                toon([one], total: 2, limit: 1, offset: 1)),
            .tool(
                "memory_fulltext_search", #"{"keywords":"zmcpone, zmcpboth","session":"$S","output_format":"toon"}"#,
                toon([both, one], total: 2, limit: 10, offset: 0)),
            .tool(
                "memory_fulltext_search", #"{"keywords":"zmcpone,zmcpboth","operator":"AND","session":"$S"}"#,
                toon([both], total: 1, limit: 10, offset: 0)),
        ])

    /// Another session's memories, and what there is not.
    private static let nothing = MCPContractCase(
        name: "finding nothing", versions: [nil, .two],
        steps: [
            .tool(
                "memory_search", #"{"query":"zmcptea","session":"$S"}"#, toon([], total: 0, limit: 10, offset: 0)),
            .tool(
                "memory_fulltext_search", #"{"keywords":"zmcptea","session":"$S","limit":100,"offset":5}"#,
                toon([], total: 0, limit: 100, offset: 5)),
            .tool("memory_search", #"{"query":"\"(* !","session":"$S"}"#, toon([], total: 0, limit: 10, offset: 0)),
        ])

    private static let refused = MCPContractCase(
        name: "wrong finding", versions: [nil, .two],
        steps: [
            .refused("memory_search", #"{"query":"a","session":"none"}"#, "invalid session"),
            .refused("memory_fulltext_search", #"{"keywords":"a","session":"none"}"#, "invalid session"),
            .refused(
                "memory_fulltext_search", #"{"keywords":" , ,","session":"$S"}"#,
                "keywords must contain at least one non-empty value"),
            .wrong(
                "memory_search", #"{"query":" ","limit":"5","offset":-1,"sortLinks":"no","session":""}"#,
                "query: Too small: expected string to have >=1 characters, "
                    + "limit: Invalid input: expected number, received string, "
                    + "offset: Too small: expected number to be >=0, sortLinks: sortLinks must be true or false, "
                    + "session: Too small: expected string to have >=1 characters"),
            .wrong(
                "memory_fulltext_search",
                #"{"keywords":"a","operator":"or","limit":101,"offset":0.5,"session":"$S","output_format":"xml"}"#,
                #"operator: Invalid option: expected one of "AND"|"OR", limit: Too big: expected number to be <=100, "#
                    + "offset: Invalid input: expected int, received number, "
                    + #"output_format: Invalid option: expected one of "json"|"toon""#),
        ])

    /// The second version wanted a session.
    private static let sessions = MCPContractCase(
        name: "finding with a session", versions: [.two],
        steps: [("memory_search", "query"), ("memory_fulltext_search", "keywords")].map { tool, words in
            .wrong(
                tool, "{}",
                "\(words): Invalid input: expected string, received undefined, "
                    + "session: Invalid input: expected string, received undefined")
        })

    /// Without one it is the namespace `mem`.
    private static let noSessions = MCPContractCase(
        name: "finding without a session", versions: [nil],
        steps: [
            .tool(
                "memory_add",
                #"{"key":"own","value":{"domain":"","summary":"zmcpown","text":"","type":"","links":[],"keywords":[]}}"#,
                done),
            .tool(
                "memory_search", #"{"query":"zmcpown"}"#,
                toon([#""mem:own",zmcpown,"",$R,$R"#], total: 1, limit: 10, offset: 0)),
            .tool("memory_search", #"{"query":"zmcptea"}"#, toon([], total: 0, limit: 10, offset: 0)),
            .tool(
                "memory_search", #"{"query":"zmcpown","session":"$S"}"#, toon([], total: 0, limit: 10, offset: 0)),
            .wrong("memory_search", "{}", "query: Invalid input: expected string, received undefined"),
            .wrong("memory_fulltext_search", "{}", "keywords: Invalid input: expected string, received undefined"),
        ])

    private static let unknown = MCPContractCase(
        name: "no finding", versions: [.one],
        steps: ["memory_search", "memory_fulltext_search"].map { tool in
            Step(
                method: "tools/call", params: #"{"name":"\#(tool)","arguments":{"query":"a","session":"$S"}}"#,
                answer: .error(-32601, "MCP error -32601: Unknown tool: \(tool)"))
        })
}
