import LedgerService
import MemoryLedger
import Testing

/// What an agent's client does with the old program's tools, one call after the other.
struct MCPContractCase: Sendable, CustomTestStringConvertible {
    var name: String
    /// Nil: what the server is without --compat.
    var versions: [CompatibleService.Version?] = [nil, .one, .two]
    var steps: [MCPContractStep]
    var testDescription: String { name }
}

/// `$S` is the session of the case, and `$N` its namespace, which is its name.
struct MCPContractStep: Sendable {
    enum Answer: Sendable {
        /// One content of a tool, no error, byte for byte; `$R` in it is how well something matches.
        case text(String)
        /// An error of the protocol, whose message begins so.
        case error(Int, String)
        /// A result, as compact JSON.
        case result(String)
        /// The text of the only content of a resource, with its URI; nil: there is none.
        case resource(String?, uri: String)
    }

    var method: String
    var params: String
    var answer: Answer

    static func tool(_ name: String, _ arguments: String, _ answer: String) -> Self {
        Self(method: "tools/call", params: #"{"name":"\#(name)","arguments":\#(arguments)}"#, answer: .text(answer))
    }

    /// A call that is refused, which is no error of the tool.
    static func refused(_ name: String, _ arguments: String, _ message: String) -> Self {
        tool(name, arguments, "{\n  \"success\": false,\n  \"message\": \"\(message)\"\n}")
    }

    static func wrong(_ name: String, _ arguments: String, _ faults: String) -> Self {
        Self(
            method: "tools/call", params: #"{"name":"\#(name)","arguments":\#(arguments)}"#,
            answer: .error(
                -32602,
                "MCP error -32602: Tool '\(name)' parameter validation failed: \(faults). Please check the parameter "
                    + "types and values according to the tool's schema."))
    }
}

/// The rows of the old program's tables of tools, resources and prompts.
enum MCPContract {
    typealias Step = MCPContractStep

    static let all =
        writing + reading + refusals + arguments + unknown + resources + prompts + protocolItself
        + MCPBulkContract.all + MCPSearchContract.all

    private static let done = "success: true"
    private static let value =
        #"{"domain":"drinks","summary":"Likes tea","text":"Green","type":"note","keywords":["a","b"],"#
        + #""links":[{"type":"design","key":"pot","term":"in"},{"type":"bug","term":"no key","weight":0.9}]}"#

    static let writing: [MCPContractCase] = [
        MCPContractCase(
            name: "written and changed",
            steps: [
                .tool("memory_add", #"{"key":"tea","value":\#(value),"session":"$S","colour":"green"}"#, done),
                .tool(
                    "memory_update", #"{"key":"tea","value":{"text":"Black","x":1},"session":"$S"}"#,
                    "success: true\ndata:\n  key: tea"),
                .tool(
                    "memory_update", #"{"key":"tea","value":{},"session":"$S","output_format":"json"}"#,
                    "{\n  \"success\": true,\n  \"data\": {\n    \"key\": \"tea\"\n  }\n}"),
                .tool(
                    "memory_update", #"{"key":"tea","value":{"links":[]},"session":"$S"}"#,
                    "success: true\ndata:\n  key: tea"),
                .tool(
                    "memory_rename", #"{"old_key":"tea","new_key":"drink:tea","session":"$S"}"#,
                    "success: true\ndata:\n  old_key: tea\n  new_key: \"drink:tea\""),
                .tool(
                    "memory_get", #"{"key":"drink:tea","session":"$S"}"#,
                    """
                    success: true
                    data:
                      domain: drinks
                      summary: Likes tea
                      text: Black
                      type: note
                      links[0]:
                      keywords[2]: a,b
                    """),
            ]),
        // Without a session it is the namespace `mem`.
        MCPContractCase(
            name: "mem",
            steps: [
                .tool("memory_add", #"{"key":"without","value":{"summary":"","text":""}}"#, done),
                .refused("memory_get", #"{"key":"none"}"#, "memory not found"),
                .tool(
                    "memory_get", #"{"key":"mem:without","session":"$S"}"#,
                    """
                    success: true
                    data:
                      domain: ""
                      summary: ""
                      text: ""
                      type: ""
                      links[0]:
                      keywords[0]:
                    """),
            ]),
    ]

    private static func links(_ links: String...) -> String {
        "success: true\ndata:\n  domain: drinks\n  summary: Likes tea\n  text: Green\n  type: note\n  links[2]:\n"
            + links.joined(separator: "\n") + "\n  keywords[2]: a,b"
    }

    private static let pot = """
            - type: design
              key: pot
              term: in
              weight: 0.5
              summary: 关联记忆不存在
        """
    private static let keyless = """
            - type: bug
              term: no key
              weight: 0.9
              summary: 关联记忆不存在
        """
    private static let table = """
        success: true
        data:
          domain: ""
          summary: s
          text: t
          type: ""
          links[2]{type,key,term,weight,summary}:
            design,a,"x, y",0.25,A
            bug,b,"",1,关联记忆不存在
          keywords[0]:
        """

    static let reading: [MCPContractCase] = [
        MCPContractCase(
            name: "as stored", versions: [nil, .one],
            steps: [
                .tool("memory_add", #"{"key":"tea","value":\#(value),"session":"$S"}"#, done),
                .tool("memory_get", #"{"key":"tea","session":"$S"}"#, links(pot, keyless)),
            ]),
        MCPContractCase(
            name: "sorted", versions: [.two],
            steps: [
                .tool("memory_add", #"{"key":"tea","value":\#(value),"session":"$S"}"#, done),
                .tool("memory_get", #"{"key":"tea","session":"$S"}"#, links(keyless, pot)),
                .tool("memory_get", #"{"key":"tea","session":"$S","sortLinks":"false"}"#, links(pot, keyless)),
                .tool("memory_get", #"{"key":"tea","session":"$S","sortLinks":false}"#, links(pot, keyless)),
            ]),
        MCPContractCase(
            name: "as a table and as JSON",
            steps: [
                .tool(
                    "memory_add", #"{"key":"a","value":{"summary":"A","text":"\n#1: \"q\""},"session":"$S"}"#, done),
                .tool(
                    "memory_add",
                    #"{"key":"t","value":{"summary":"s","text":"t","links":[{"type":"design","key":"a","term":"x, y","#
                        + #""weight":0.25},{"type":"bug","key":"b","term":"","weight":1}]},"session":"$S"}"#, done),
                .tool(
                    "memory_get", #"{"key":"a","session":"$S"}"#,
                    "success: true\ndata:\n  domain: \"\"\n  summary: A\n  text: \"\\n#1: \\\"q\\\"\"\n  type: \"\"\n"
                        + "  links[0]:\n  keywords[0]:"),
                .tool(
                    "memory_get", #"{"key":"a","session":"$S","output_format":"json"}"#,
                    """
                    {
                      "success": true,
                      "data": {
                        "domain": "",
                        "summary": "A",
                        "text": "\\n#1: \\"q\\"",
                        "type": "",
                        "links": [],
                        "keywords": []
                      }
                    }
                    """),
            ]),
        MCPContractCase(
            name: "a table of links", versions: [nil, .one],
            steps: [
                .tool("memory_add", #"{"key":"a","value":{"summary":"A","text":""},"session":"$S"}"#, done),
                .tool(
                    "memory_add",
                    #"{"key":"t","value":{"summary":"s","text":"t","links":[{"type":"design","key":"a","term":"x, y","#
                        + #""weight":0.25},{"type":"bug","key":"b","term":"","weight":1}]},"session":"$S"}"#, done),
                .tool("memory_get", #"{"key":"t","session":"$S"}"#, table),
            ]),
    ]

    static let refusals: [MCPContractCase] = [
        MCPContractCase(
            name: "refusals",
            steps: [
                .tool("memory_add", #"{"key":"a","value":{"summary":"","text":""},"session":"$S"}"#, done),
                .tool("memory_add", #"{"key":"b","value":{"summary":"","text":""},"session":"$S"}"#, done),
                .refused("memory_get", #"{"key":"none","session":"$S"}"#, "memory not found"),
                .refused("memory_update", #"{"key":"none","value":{},"session":"$S"}"#, "memory not found"),
                .refused("memory_rename", #"{"old_key":"none","new_key":"x","session":"$S"}"#, "memory not found"),
                .refused(
                    "memory_rename", #"{"old_key":"a","new_key":"a","session":"$S"}"#,
                    "old_key and new_key must be different"),
                .refused("memory_rename", #"{"old_key":"a","new_key":"b","session":"$S"}"#, "key already exists"),
                .refused("memory_get", #"{"key":"a","session":"none"}"#, "invalid session"),
                .refused(
                    "memory_add", #"{"key":"a","value":{"summary":"","text":""},"session":"none"}"#, "invalid session"),
                .refused("memory_update", #"{"key":"a","value":{},"session":"none"}"#, "invalid session"),
                .refused("memory_rename", #"{"old_key":"a","new_key":"a","session":"none"}"#, "invalid session"),
            ])
    ]

    private static let options =
        #"Invalid option: expected one of "decision"|"constrained"|"bug"|"design"|"assumption"|"experiment""#
    private static let short = "Too small: expected string to have >=1 characters"

    private static func missing(_ expected: String, _ received: String) -> String {
        "Invalid input: expected \(expected), received \(received)"
    }

    static let arguments: [MCPContractCase] = [
        MCPContractCase(
            name: "wrong arguments",
            steps: [
                .wrong("session_new", #"{"namespace":""}"#, "namespace: \(short)"),
                .wrong("session_new", #"{"namespace":7}"#, "namespace: \(missing("string", "number"))"),
                .wrong("memory_get", "{}", "key: \(missing("string", "undefined"))"),
                .wrong("memory_get", #"{"key":""}"#, "key: \(short)"),
                .wrong("memory_get", #"{"key":"a","session":""}"#, "session: \(short)"),
                .wrong(
                    "memory_get", #"{"key":null,"output_format":"xml"}"#,
                    "key: \(missing("string", "null")), output_format: "
                        + #"Invalid option: expected one of "json"|"toon""#),
                .wrong(
                    "memory_add", #"{"key":"k","value":{"summary":7}}"#,
                    "value.summary: \(missing("string", "number")), value.text: \(missing("string", "undefined"))"),
                .wrong("memory_update", #"{"key":"k"}"#, "value: \(missing("object", "undefined"))"),
                .wrong(
                    "memory_rename", #"{"old_key":"","new_key":["a"]}"#,
                    "old_key: \(short), new_key: \(missing("string", "array"))"),
            ]),
        MCPContractCase(
            name: "wrong values", versions: [nil, .one],
            steps: [
                .wrong(
                    "memory_add", #"{"key":"k","value":{"summary":7,"text":"","keywords":"a"}}"#,
                    "value.summary: \(missing("string", "number")), value.keywords: \(missing("array", "string"))"),
                .wrong(
                    "memory_add",
                    #"{"key":"k","value":{"summary":"","text":"","links":[{"type":"odd","term":"t","weight":2}]}}"#,
                    "value.links.0.type: \(options), value.links.0.weight: Too big: expected number to be <=1"),
            ]),
        // The second version's tools knew a summary and a text, and dropped all else, whatever it held.
        MCPContractCase(
            name: "wrong values are dropped", versions: [.two],
            steps: [
                .tool(
                    "memory_add",
                    #"{"key":"k","value":{"summary":"s","text":"t","domain":7,"type":"note","keywords":"a","#
                        + #""links":[{"type":"odd","term":"t","weight":2}]},"session":"$S"}"#, done),
                .tool(
                    "memory_get", #"{"key":"k","session":"$S"}"#,
                    "success: true\ndata:\n  domain: \"\"\n  summary: s\n  text: t\n  type: note\n"
                        + "  links[0]:\n  keywords[0]:"),
                .wrong(
                    "memory_add", #"{"key":"k","value":{"summary":7,"text":"","keywords":"a"},"links":3}"#,
                    "value.summary: \(missing("string", "number")), links: \(missing("array", "number"))"),
            ]),
        // The object itself must be there.
        MCPContractCase(
            name: "no arguments", versions: [.one, .two],
            steps: ["session_new", "memory_get"].map { tool in
                Step(
                    method: "tools/call", params: #"{"name":"\#(tool)"}"#,
                    answer: .error(
                        -32602,
                        "MCP error -32602: Tool '\(tool)' parameter validation failed: root: "
                            + "\(missing("object", "undefined")). Please check the parameter types and values "
                            + "according to the tool's schema."))
            }),
    ]

    static let unknown: [MCPContractCase] = [
        MCPContractCase(
            name: "what there is not",
            steps: [
                Step(
                    method: "tools/call", params: #"{"name":"memory_forget","arguments":{}}"#,
                    answer: .error(-32601, "MCP error -32601: Unknown tool: memory_forget")),
                Step(
                    method: "prompts/get", params: #"{"name":"sing"}"#,
                    answer: .error(-32601, "MCP error -32601: Unknown prompt: sing")),
            ])
    ]

    static let resources: [MCPContractCase] = [
        MCPContractCase(
            name: "resources",
            steps: [Step(method: "resources/list", params: "{}", answer: .result(#"{"resources":[]}"#))]),
        // Today's clients take contents without a text for no resource at all.
        MCPContractCase(
            name: "read", versions: [nil],
            steps: [
                .tool("memory_add", #"{"key":"a/b c","value":{"summary":"s","text":"t"},"session":"$S"}"#, done),
                Step(
                    method: "resources/read", params: #"{"uri":"memory://read/a/b%20c"}"#,
                    answer: .resource(resource, uri: "memory://read/a/b%20c")),
                Step(
                    method: "resources/read", params: #"{"uri":"memory://read/none"}"#,
                    answer: .error(-32002, "Resource not found")),
                Step(
                    method: "resources/read", params: #"{"uri":"file:///etc/passwd"}"#,
                    answer: .error(-32002, "Resource not found")),
            ]),
        MCPContractCase(
            name: "read one", versions: [.one],
            steps: resourceSteps("read one", uri: "memory://read one/a/b c", missing: "memory://read one/none")),
        MCPContractCase(
            name: "read two", versions: [.two],
            steps: resourceSteps("read two", uri: "memory://a/b c", missing: "memory://none")),
    ]

    private static let resource = """
        {
          "domain": "",
          "summary": "s",
          "text": "t",
          "type": "",
          "links": [],
          "keywords": []
        }
        """

    private static func resourceSteps(_ namespace: String, uri: String, missing: String) -> [Step] {
        let encoded = namespace.replacing(" ", with: "%20")
        return [
            .tool("memory_add", #"{"key":"a/b c","value":{"summary":"s","text":"t"},"session":"$S"}"#, done),
            Step(
                method: "resources/read", params: #"{"uri":"memory://\#(encoded)/a/b%20c"}"#,
                answer: .resource(resource, uri: uri)),
            // The text is left out if there is no memory.
            Step(
                method: "resources/read", params: #"{"uri":"memory://\#(encoded)/none"}"#,
                answer: .resource(nil, uri: missing)),
            Step(
                method: "resources/read", params: #"{"uri":"file:///etc/passwd"}"#,
                answer: .error(-32601, "MCP error -32601: Unknown resource: file:///etc/passwd")),
        ]
    }

    static let prompts: [MCPContractCase] = [
        MCPContractCase(
            name: "prompts",
            steps: [("capture_memory", "key"), ("recall_memory", "key")].map { prompt, argument in
                Step(method: "prompts/get", params: #"{"name":"\#(prompt)"}"#, answer: promptFault(prompt, argument))
            }),
        MCPContractCase(
            name: "one prompt more", versions: [.two],
            steps: [
                Step(
                    method: "prompts/get", params: #"{"name":"memory_init","arguments":{}}"#,
                    answer: promptFault("memory_init", "name"))
            ]),
        MCPContractCase(
            name: "no prompt more", versions: [nil, .one],
            steps: [
                Step(
                    method: "prompts/get", params: #"{"name":"memory_init","arguments":{"name":"Nova"}}"#,
                    answer: .error(-32601, "MCP error -32601: Unknown prompt: memory_init"))
            ]),
    ]

    private static func promptFault(_ prompt: String, _ argument: String) -> Step.Answer {
        .error(-32600, "MCP error -32600: Prompt '\(prompt)' requires argument '\(argument)'")
    }

    static let protocolItself: [MCPContractCase] = [
        MCPContractCase(
            name: "the protocol",
            steps: [
                Step(method: "ping", params: "{}", answer: .result("{}")),
                Step(method: "logging/setLevel", params: #"{"level":"debug"}"#, answer: .result("{}")),
                Step(
                    method: "completion/complete",
                    params:
                        #"{"ref":{"type":"ref/prompt","name":"recall_memory"},"argument":{"name":"key","value":"a"}}"#,
                    answer: .result(#"{"completion":{"values":[],"total":0,"hasMore":false}}"#)),
                Step(method: "nothing", params: "{}", answer: .error(-32601, "Method not found: nothing")),
            ])
    ]
}
