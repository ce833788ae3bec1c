import LedgerService

/// The old program's HTTP API, route by route: what succeeds.
enum HTTPContract {
    typealias Step = ContractStep

    static let all =
        login + adding + reading + sorting + updating + renaming + counting + HTTPBulkContract.all
        + HTTPSearchContract.all + HTTPRefusals.all

    static let login: [ContractCase] = [
        ContractCase(
            name: "login",
            steps: [
                .call("/login", #"{"namespace":"login"}"#, 200, #"{"success":true,"data":"$NEW"}"#),
                // A second one is another session, and unknown members are dropped.
                .call("/login", #"{"namespace":"login","x":1}"#, 200, #"{"success":true,"data":"$NEW"}"#),
                .call("/login", "\u{feff}{\"namespace\":\"login\"}", 200, #"{"success":true,"data":"$NEW"}"#),
                .add("a", Step.empty), .get("a", Step.memory()),
            ]),
        // Whatever a request calls its body.
        ContractCase(
            name: "content types",
            steps: ["text/plain", "application/x-www-form-urlencoded", "image/png", ""].map {
                var step = Step.call(
                    "/login", #"{"namespace":"content types"}"#, 200, #"{"success":true,"data":"$NEW"}"#)
                step.headers = ["Content-Type": $0]
                return step
            }),
        // Namespaces are apart.
        ContractCase(
            name: "apart",
            steps: [
                .add("here", Step.empty),
                .call("/login", #"{"namespace":"apart too"}"#, 200, #"{"success":true,"data":"$NEW"}"#),
                .get("here", Step.failure("memory not found")), .add("here", #"{"summary":"there","text":""}"#),
                .call("/login", #"{"namespace":"apart"}"#, 200, #"{"success":true,"data":"$NEW"}"#),
                .get("here", Step.memory()),
            ]),
    ]

    static let adding: [ContractCase] = [
        ContractCase(
            name: "a whole value",
            steps: [
                .add(
                    "a",
                    #"{"domain":"ui","summary":"S","text":"T","type":"decision","links":[{"term":"t","type":"bug"}],"#
                        + #""keywords":["x","y"]}"#),
                .get(
                    "a",
                    Step.memory(
                        domain: "ui", summary: "S", text: "T", type: "decision",
                        links: Step.link("bug", nil, "t", "0.5"), keywords: #""x","y""#)),
                // A key with its namespace before it is the same.
                .get(
                    "a whole value:a",
                    Step.memory(
                        domain: "ui", summary: "S", text: "T", type: "decision",
                        links: Step.link("bug", nil, "t", "0.5"), keywords: #""x","y""#)),
            ]),
        ContractCase(
            name: "domain and type may be missing",
            steps: [.add("a", #"{"text":"t","summary":"s"}"#), .get("a", Step.memory(summary: "s", text: "t"))]),
        ContractCase(
            name: "an add replaces",
            steps: [
                .add("a", #"{"domain":"d","summary":"one","text":"t"}"#),
                .get("a", Step.memory(domain: "d", summary: "one", text: "t")),
                .add("a", #"{"summary":"two","text":""}"#), .get("a", Step.memory(summary: "two")),
            ], counts: ["a": [1, 1]]),
        ContractCase(
            name: "unknown members are dropped", versions: [nil, .one],
            steps: [
                .call(
                    "/add_memory",
                    #"{"session":"$S","key":"a","value":{"summary":"s","text":"t","x":1,"links":"#
                        + #"[{"type":"bug","term":"u","y":2}]},"z":3}"#, 200, Step.done),
                .get("a", Step.memory(summary: "s", text: "t", links: Step.link("bug", nil, "u", "0.5"))),
            ]),
        ContractCase(
            name: "links of every type",
            steps: [
                .add(
                    "a",
                    #"{"summary":"","text":"","links":["#
                        + ["decision", "constrained", "bug", "design", "assumption", "experiment"].map {
                            #"{"type":"\#($0)","term":"","key":"none","weight":0}"#
                        }.joined(separator: ",") + "]}"),
                .get(
                    "a",
                    Step.memory(
                        links: ["decision", "constrained", "bug", "design", "assumption", "experiment"].map {
                            Step.link($0, "none", "", "0")
                        }.joined(separator: ","))),
            ]),
        // The first version knew none beside the value, and dropped them like all that it did not know.
        ContractCase(
            name: "links beside a value are dropped", versions: [.one],
            steps: [
                .call(
                    "/add_memory",
                    #"{"session":"$S","key":"a","value":\#(Step.empty),"links":[{"type":"bug","term":"u"}]}"#, 200,
                    Step.done),
                .get("a", Step.memory()),
                .call("/add_memory", #"{"session":"$S","key":"b","value":\#(Step.empty),"links":3}"#, 200, Step.done),
                .update("a", #"{"links":[{"type":"bug","term":"in"}]}"#, nil, #","links":[]"#),
                .update("a", #"{"text":"t"}"#, nil, #","links":[{"type":"none"}]"#),
                .get("a", Step.memory(text: "t", links: Step.link("bug", nil, "in", "0.5"))),
            ]),
        // In the value they count before those beside it.
        ContractCase(
            name: "links in both places", versions: [nil, .two],
            steps: [
                .call(
                    "/add_memory",
                    #"{"session":"$S","key":"beside","value":\#(Step.empty),"links":[{"type":"bug","term":"u"}]}"#, 200,
                    Step.done),
                .get("beside", Step.memory(links: Step.link("bug", nil, "u", "0.5"))),
                .call(
                    "/add_memory",
                    #"{"session":"$S","key":"both","value":{"summary":"","text":"","links":[{"type":"bug","term":"in"}]},"#
                        + #""links":[{"type":"bug","term":"beside"}]}"#, 200, Step.done),
                .get("both", Step.memory(links: Step.link("bug", nil, "in", "0.5"))),
            ]),
        ContractCase(
            name: "odd texts",
            steps: [
                .add("a", #"{"summary":"\ud83d","text":"\u0000\n\"\\/é€😀","keywords":[""]}"#),
                .get("a", Step.memory(summary: "\u{fffd}", text: #"\u0000\n\"\\/é€😀"#, keywords: #""""#)),
                .add("ключ 钥匙", Step.empty), .get("ключ 钥匙", Step.memory()),
            ]),
    ]

    static let reading: [ContractCase] = [
        ContractCase(
            name: "summaries of links",
            steps: [
                .add("b", #"{"summary":"About b","text":""}"#),
                .add(
                    "a",
                    #"{"summary":"","text":"","links":[{"type":"bug","key":"b","term":"t","weight":1},"#
                        + #"{"type":"bug","key":"none","term":"t","weight":1},{"type":"bug","term":"t","weight":1}]}"#),
                .get(
                    "a",
                    Step.memory(
                        links: [
                            Step.link("bug", "b", "t", "1", "About b"), Step.link("bug", "none", "t", "1"),
                            Step.link("bug", nil, "t", "1"),
                        ].joined(separator: ",")), #","sortLinks":false"#),
                // A link to nothing shows its memory once that is there.
                .add("none", #"{"summary":"There","text":""}"#),
                .get(
                    "a",
                    Step.memory(
                        links: [
                            Step.link("bug", "b", "t", "1", "About b"), Step.link("bug", "none", "t", "1", "There"),
                            Step.link("bug", nil, "t", "1"),
                        ].joined(separator: ",")), #","sortLinks":false"#),
            ], counts: ["b": [0, 0], "none": [0, 0], "a": [2, 1]])
    ]

    /// By weight, then by key; as stored if that is asked for, and by default unless it is told. The first version
    /// knew nothing of it, whatever is asked for.
    static let sorting: [ContractCase] = [CompatibleService.Version?.none, .one, .two].map { version in
        let link: (String, String) -> String = { key, weight in
            #"{"type":"bug","key":"\#(key)","term":"t","weight":\#(weight)}"#
        }
        let given = [("b", "0.5"), ("B", "0.5"), ("_", "0.5"), ("9", "0.5"), ("top", "1"), ("a", "0.5"), ("z", "0")]
        let stored = given.map { Step.link("bug", $0.0, "t", $0.1) }
        let order = [4, 2, 3, 5, 0, 1, 6]
        let sorted = order.map { stored[$0] }
        let shown = { (links: [String]) in Step.memory(links: links.joined(separator: ",")) }
        let usual = shown(version == .two ? sorted : stored)
        let asked = shown(version == .one ? stored : sorted)
        let odd = version != .one ? [] : ["1", #""yes""#, "[]"].map { Step.get("x", usual, #","sortLinks":\#($0)"#) }
        return ContractCase(
            name: "sorting as \(version.map { "\($0)" } ?? "usual")", versions: [version],
            steps: [
                .add("x", #"{"summary":"","text":"","links":[\#(given.map(link).joined(separator: ","))]}"#),
                .get("x", usual), .get("x", usual, #","sortLinks":"""#), .get("x", usual, #","sortLinks":null"#),
                .get("x", asked, #","sortLinks":true"#), .get("x", shown(stored), #","sortLinks":false"#),
                .get("x", asked, #","sortLinks":" TRUE ""#), .get("x", shown(stored), #","sortLinks":"False""#),
            ] + odd)
    }

    static let updating: [ContractCase] = [
        ContractCase(
            name: "some fields change",
            steps: [
                .add(
                    "a",
                    #"{"domain":"d","summary":"s","text":"t","type":"y","keywords":["k"],"#
                        + #""links":[{"type":"bug","term":"u"}]}"#),
                .update("a", #"{"text":"new","x":1}"#),
                .get(
                    "a",
                    Step.memory(
                        domain: "d", summary: "s", text: "new", type: "y", links: Step.link("bug", nil, "u", "0.5"),
                        keywords: #""k""#)),
                .update("a", "{}"), .update("some fields change:a", #"{"domain":"","keywords":[]}"#),
                // Lists are replaced whole.
                .update("a", #"{"links":[{"type":"design","term":"v"}]}"#),
                .get(
                    "a",
                    Step.memory(
                        summary: "s", text: "new", type: "y", links: Step.link("design", nil, "v", "0.5"))),
            ]),
        ContractCase(
            name: "links change from beside", versions: [nil, .two],
            steps: [
                .add("a", #"{"summary":"s","text":"t","links":[{"type":"bug","term":"u"}]}"#),
                .update("a", "{}", nil, #","links":[]"#), .get("a", Step.memory(summary: "s", text: "t")),
            ]),
        // The second version's updates dropped what it did not know, whatever it held.
        ContractCase(
            name: "wrong members are dropped", versions: [.two],
            steps: [
                .add("a", Step.empty), .update("a", #"{"text":"t","keywords":7,"links":[{"type":"odd"}]}"#),
                .get("a", Step.memory(text: "t")),
            ]),
    ]

    static let renaming: [ContractCase] = [
        ContractCase(
            name: "a memory moves",
            steps: [
                .add("a", #"{"summary":"A","text":""}"#),
                .add("from", #"{"summary":"","text":"","links":[{"type":"bug","key":"a","term":"t"}]}"#),
                .rename("a", "b"), .get("a", Step.failure("memory not found")), .get("b", Step.memory(summary: "A")),
                // Links follow.
                .get("from", Step.memory(links: Step.link("bug", "b", "t", "0.5", "A"))),
                .rename("a memory moves:b", "c"), .get("c", Step.memory(summary: "A")),
            ])
    ]

    static let counting: [ContractCase] = [
        // The memory that was read last is traversed first, also if it is the same, or the read then fails.
        ContractCase(
            name: "reads are counted",
            steps: [
                .add("a", Step.empty), .add("b", Step.empty), .get("a", Step.memory()), .get("b", Step.memory()),
                .get("b", Step.memory()), .get("none", Step.failure("memory not found")), .get("a", Step.memory()),
            ], counts: ["a": [2, 1], "b": [2, 3]]),
        ContractCase(
            name: "changes count accesses",
            steps: [
                .add("a", Step.empty), .add("b", Step.empty), .update("a", "{}"), .update("a", #"{"text":"t"}"#),
                .rename("a", "b", Step.failure("key already exists")), .rename("a", "c"),
                .rename("c", "c", Step.failure("old_key and new_key must be different")),
            ], counts: ["c": [4, 0], "b": [1, 0]]),
        // Another session has read nothing before.
        ContractCase(
            name: "sessions count apart",
            steps: [
                .add("a", Step.empty), .get("a", Step.memory()),
                .call("/login", #"{"namespace":"sessions count apart"}"#, 200, #"{"success":true,"data":"$NEW"}"#),
                .get("a", Step.memory()),
            ], counts: ["a": [2, 0]]),
    ]
}
