import LedgerService

/// The old program's HTTP API: what is refused, in the order of its checks.
enum HTTPRefusals {
    typealias Step = ContractStep

    static let all = parsing + logins + issues + links + unknownMembers + sessions + missing + limits + elsewhere

    private static let texts = ["", "{", "nothing", "{'a':1}", #"{"a":1}x"#, "\u{0}", "{\"a\":\"\u{1}\"}", "[1,]"]

    static let parsing: [ContractCase] = [
        ContractCase(
            name: "broken JSON",
            steps: texts.flatMap { text in
                ["/login", "/get_memory", "/update_memory", "/update_memory_key"].map {
                    Step.call($0, text, 400, Step.failure("invalid json"))
                } + [.call("/add_memory", text, 400, Step.failure("JSON parsed error"))]
            })
    ]

    /// The issues are a text there, over several lines.
    private static func login(_ body: String, path: String, _ expected: String, _ received: String) -> Step {
        let path = path.isEmpty ? "[]" : #"[\n      \"\#(path)\"\n    ]"#
        return .call(
            "/login", body, 400,
            #"{"success":false,"message":"[\n  {\n    \"expected\": \"\#(expected)\",\n    \"code\": "#
                + #"\"invalid_type\",\n    \"path\": \#(path),\n    \"message\": \"Invalid input: "#
                + #"expected \#(expected), received \#(received)\"\n  }\n]"}"#)
    }

    static let logins: [ContractCase] = [
        ContractCase(
            name: "wrong logins",
            steps: [
                login("{}", path: "namespace", "string", "undefined"),
                login(#"{"namespace":7}"#, path: "namespace", "string", "number"),
                login(#"{"namespace":null}"#, path: "namespace", "string", "null"),
                login(#"{"namespace":["a"]}"#, path: "namespace", "string", "array"),
                login(#"{"namespace":{}}"#, path: "namespace", "string", "object"),
                login(#"{"namespace":true}"#, path: "namespace", "string", "boolean"),
                login("[]", path: "", "object", "array"), login("null", path: "", "object", "null"),
                login("7", path: "", "object", "number"), login(#""mem""#, path: "", "object", "string"),
            ])
    ]

    /// Before the session is looked at, all at once, in the order of the schema.
    static let issues: [ContractCase] = [
        ContractCase(
            name: "wrong adds",
            steps: [
                .call(
                    "/add_memory", "{}", 400,
                    Step.issues(
                        Step.wrong(#""session""#, "string", "undefined"), Step.wrong(#""key""#, "string", "undefined"),
                        Step.wrong(#""value""#, "object", "undefined"))),
                .call(
                    "/add_memory",
                    #"{"session":"none","key":7,"value":{"domain":1,"summary":null,"type":[],"keywords":["a",2]}}"#,
                    400,
                    Step.issues(
                        Step.wrong(#""key""#, "string", "number"), Step.wrong(#""value","domain""#, "string", "number"),
                        Step.wrong(#""value","summary""#, "string", "null"),
                        Step.wrong(#""value","text""#, "string", "undefined"),
                        Step.wrong(#""value","type""#, "string", "array"),
                        Step.wrong(#""value","keywords",1"#, "string", "number"))),
                .call("/add_memory", "[]", 400, Step.issues(Step.wrong("", "object", "array"))),
                .call("/add_memory", "null", 400, Step.issues(Step.wrong("", "object", "null"))),
                .add("a", "[]", 400, Step.issues(Step.wrong(#""value""#, "object", "array"))),
            ]),
        ContractCase(
            name: "wrong reads",
            steps: [
                .call(
                    "/get_memory", "{}", 400,
                    Step.issues(
                        Step.wrong(#""key""#, "string", "undefined"), Step.wrong(#""session""#, "string", "undefined"))),
                .call("/get_memory", "true", 400, Step.issues(Step.wrong("", "object", "boolean"))),
            ]),
        ContractCase(
            name: "wrong sorting", versions: [nil, .two],
            steps: ["1", #""yes""#, "[]", "{}"].map {
                .call(
                    "/get_memory", #"{"key":"a","session":"none","sortLinks":\#($0)}"#, 400,
                    Step.issues(
                        #"{"expected":"boolean","code":"invalid_type","path":["sortLinks"],"#
                            + #""message":"sortLinks must be true or false"}"#))
            }),
        ContractCase(
            name: "wrong updates",
            steps: [
                .call(
                    "/update_memory", #"{"key":1,"value":{"text":2,"summary":{}}}"#, 400,
                    Step.issues(
                        Step.wrong(#""session""#, "string", "undefined"), Step.wrong(#""key""#, "string", "number"),
                        Step.wrong(#""value","summary""#, "string", "object"),
                        Step.wrong(#""value","text""#, "string", "number"))),
                .call(
                    "/update_memory", #"{"session":"none","key":"a"}"#, 400,
                    Step.issues(Step.wrong(#""value""#, "object", "undefined"))),
                .call(
                    "/update_memory_key", #"{"new_key":false}"#, 400,
                    Step.issues(
                        Step.wrong(#""session""#, "string", "undefined"),
                        Step.wrong(#""old_key""#, "string", "undefined"),
                        Step.wrong(#""new_key""#, "string", "boolean"))),
            ]),
    ]

    private static let types = #""decision","constrained","bug","design","assumption","experiment""#

    private static func type(_ place: String) -> String {
        let options = types.replacing(#"""#, with: #"\""#).replacing(",", with: "|")
        return #"{"code":"invalid_value","values":[\#(types)],"path":[\#(place),"type"],"#
            + #""message":"Invalid option: expected one of \#(options)"}"#
    }

    private static func bound(_ place: String, _ code: String, _ name: String, _ bound: String, _ words: String)
        -> String
    {
        #"{"origin":"number","code":"\#(code)","\#(name)":\#(bound),"inclusive":true,"path":[\#(place),"weight"],"#
            + #""message":"\#(words)\#(bound)"}"#
    }

    static let links: [ContractCase] = [
        ContractCase(
            name: "wrong links",
            steps: [
                .add(
                    "a",
                    #"{"summary":"","text":"","links":[{"type":"odd","term":"t","weight":2},{"weight":-0.5,"key":7},7]}"#,
                    400,
                    Step.issues(
                        type(#""value","links",0"#),
                        bound(#""value","links",0"#, "too_big", "maximum", "1", "Too big: expected number to be <="),
                        type(#""value","links",1"#), Step.wrong(#""value","links",1,"key""#, "string", "number"),
                        Step.wrong(#""value","links",1,"term""#, "string", "undefined"),
                        bound(
                            #""value","links",1"#, "too_small", "minimum", "0", "Too small: expected number to be >="),
                        Step.wrong(#""value","links",2"#, "object", "number"))),
                .add(
                    "a", #"{"summary":"","text":"","links":[{"type":"bug","term":"t","weight":1e999}]}"#, 400,
                    Step.issues(
                        #"{"expected":"number","code":"invalid_type","received":"Infinity","path":"#
                            + #"["value","links",0,"weight"],"message":"Invalid input: expected number, received number"}"#
                    )),
            ]),
        ContractCase(
            name: "wrong links beside a value", versions: [nil, .two],
            steps: [
                .call(
                    "/add_memory", #"{"session":"none","key":7,"value":\#(Step.empty),"links":3}"#, 400,
                    Step.issues(
                        Step.wrong(#""key""#, "string", "number"), Step.wrong(#""links""#, "array", "number"))),
                .call(
                    "/update_memory",
                    #"{"session":"none","key":"a","value":{},"links":[{"type":"bug","term":"t","weight":"1"}]}"#, 400,
                    Step.issues(Step.wrong(#""links",0,"weight""#, "number", "string"))),
            ]),
    ]

    /// Version two wants none in what is added, and drops them in what is changed.
    static let unknownMembers: [ContractCase] = [
        ContractCase(
            name: "unknown members", versions: [.two],
            steps: [
                .add(
                    "a", #"{"summary":"","text":"","foo":1}"#, 400,
                    Step.issues(
                        #"{"code":"unrecognized_keys","keys":["foo"],"path":["value"],"#
                            + #""message":"Unrecognized key: \"foo\""}"#)),
                .add(
                    "a", #"{"b":1,"summary":"","text":7,"a":1}"#, 400,
                    Step.issues(
                        Step.wrong(#""value","text""#, "string", "number"),
                        #"{"code":"unrecognized_keys","keys":["b","a"],"path":["value"],"#
                            + #""message":"Unrecognized keys: \"b\", \"a\""}"#)),
                .call("/add_memory", #"{"session":"$S","key":"a","value":\#(Step.empty),"x":1}"#, 200, Step.done),
                .update("a", #"{"foo":1,"text":"t"}"#), .get("a", Step.memory(text: "t")),
            ])
    ]

    static let sessions: [ContractCase] = [
        ContractCase(
            name: "sessions that are none",
            steps: ["", "none", "0123456789abcdef0123456789abcdef"].flatMap { id -> [Step] in
                let none = Step.failure("invalid session")
                return [
                    .call("/add_memory", #"{"session":"\#(id)","key":"a","value":\#(Step.empty)}"#, 400, none),
                    .call("/get_memory", #"{"session":"\#(id)","key":"a"}"#, 200, none),
                    .call("/update_memory", #"{"session":"\#(id)","key":"a","value":{}}"#, 200, none),
                    .call(
                        "/update_memory_key", #"{"session":"\#(id)","old_key":"a","new_key":"a"}"#, 200, none),
                ]
            })
    ]

    static let missing: [ContractCase] = [
        ContractCase(
            name: "memories that are none",
            steps: ["none", "", String(repeating: "k", count: 3_000), #"a\u0000b"#, "with:colon"].flatMap { key in
                let none = Step.failure("memory not found")
                return [
                    Step.get(key, none), .update(key, #"{"text":"t"}"#, none), .update(key, "{}", none),
                    .rename(key, "other", none),
                    .rename(key, key, Step.failure("old_key and new_key must be different")),
                ]
            }),
        ContractCase(
            name: "keys that are taken",
            steps: [
                .add("a", #"{"summary":"A","text":""}"#), .add("b", #"{"summary":"B","text":""}"#),
                .rename("none", "b", Step.failure("memory not found")),
                .rename("a", "b", Step.failure("key already exists")),
                .rename("a", "keys that are taken:a", Step.failure("key already exists")),
                .get("a", Step.memory(summary: "A")), .get("b", Step.memory(summary: "B")),
            ]),
    ]

    /// What the old program took and this one does not.
    static let limits: [ContractCase] = [
        ContractCase(
            name: "keys that cannot be",
            steps: [.add("there", Step.empty)]
                + [
                    ("", "The key has 0 bytes; allowed are 1 to 1024 (key_bytes)."),
                    (
                        String(repeating: "k", count: 1_025),
                        "The key has 1025 bytes; allowed are 1 to 1024 (key_bytes)."
                    ), (#"a\u0000b\n"#, "The key has 2 control characters, which are not allowed."),
                ].flatMap { key, message -> [Step] in
                    [
                        .add(key, Step.empty, 400, Step.failure(message)),
                        .call(
                            "/update_memory_key", #"{"session":"$S","old_key":"there","new_key":"\#(key)"}"#, 400,
                            Step.failure(message)),
                    ]
                } + [
                    .add(String(repeating: "k", count: 1_024), Step.empty),
                    .call(
                        "/login", #"{"namespace":""}"#, 400,
                        Step.failure("The namespace has 0 bytes; allowed are 1 to 256 (namespace_bytes).")),
                ])
    ]

    static let elsewhere: [ContractCase] = [
        ContractCase(
            name: "other paths and methods",
            steps: ["/login", "/add_memory", "/get_memory", "/update_memory", "/update_memory_key"].flatMap { path in
                ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"].map {
                    Step(method: $0, path: path, body: "", status: 404, answer: "")
                } + [
                    Step(path: path + "/", body: "{}", status: 404, answer: ""),
                    Step(path: path.uppercased(), body: "{}", status: 404, answer: ""),
                ]
            }
                + ["/", "/api/memories/stats", "/api/health/memory-system", "/login/x", "/%6cogin"].flatMap { path in
                    ["GET", "POST"].map { Step(method: $0, path: path, body: "{}", status: 404, answer: "") }
                })
    ]
}
