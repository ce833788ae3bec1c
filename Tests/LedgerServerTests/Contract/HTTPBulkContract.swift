import LedgerService

/// What the old program's second version answers of scores and of many memories at once.
enum HTTPBulkContract {
    typealias Step = ContractStep

    static let all = scores + reads + refusals

    private static func value(_ summary: String, _ links: [(key: String?, weight: String)]) -> String {
        let links = links.map { link in
            let key = link.key.map { #""key":"\#($0)","# } ?? ""
            return #"{"type":"bug",\#(key)"term":"t","weight":\#(link.weight)}"#
        }
        return #"{"summary":"\#(summary)","text":"about \#(summary)","links":[\#(links.joined(separator: ","))]}"#
    }

    private static func link(_ key: String?, _ weight: String, _ summary: String? = nil) -> String {
        Step.link("bug", key, "t", weight, summary)
    }

    /// More links to a memory are a greater score: 57 with one, 61 with two, and 50 for what there is not.
    static let scores: [ContractCase] = [
        ContractCase(
            name: "sorting by score", versions: [nil, .two],
            steps: [
                .add("a", value("A", [])), .add("b", value("B", [])), .add("c", value("C", [("b", "0.1")])),
                .add("x", value("X", [("none", "0.55"), ("a", "0.5"), ("b", "0.5"), (nil, "0.6")])),
                .get(
                    "x",
                    Step.memory(
                        summary: "X", text: "about X",
                        links: [
                            link("b", "0.5", "B"), link(nil, "0.6"), link("a", "0.5", "A"), link("none", "0.55"),
                        ].joined(separator: ",")), #","sortLinks":true"#),
                .get(
                    "x",
                    Step.memory(
                        summary: "X", text: "about X",
                        links: [
                            link("none", "0.55"), link("a", "0.5", "A"), link("b", "0.5", "B"), link(nil, "0.6"),
                        ].joined(separator: ",")), #","sortLinks":false"#),
            ])
    ]

    private static func memory(_ key: String, _ summary: String, _ links: String..., more: String = "") -> String {
        #"{"key":"\#(key)","summary":"\#(summary)","text":"about \#(summary)","links":[\#(links.joined(separator: ","))]"#
            + "\(more)}"
    }

    private static func associated(_ depth: Int, _ score: String) -> String {
        #","depth":\#(depth),"combinedScore":\#(score)"#
    }

    private static func answer(_ target: String, _ others: [String], _ depth: Int, skipped: Int) -> String {
        #"{"success":true,"data":{"targetMemory":\#(target),"associatedMemories":[\#(others.joined(separator: ","))],"#
            + #""metadata":{"depthReached":\#(depth),"totalRetrieved":\#(others.count + 1),"#
            + #""duplicatesSkipped":\#(skipped)}}}"#
    }

    private static let (a, d) = (
        memory("bulk reads:a", "A", link("b", "1", "B"), link(nil, "1"), link("none", "1"), link("c", "0.5", "C")),
        memory("d", "D", more: associated(2, "28.5"))
    )
    private static let (b, c) = (
        memory("b", "B", link("d", "0.5", "D"), more: associated(1, "66")),
        memory("c", "C", link("a", "1", "A"), link("b", "1", "B"), more: associated(1, "32.5"))
    )

    /// Depth first, the best links first, each memory once; what was met before is counted.
    static let reads: [ContractCase] = [
        ContractCase(
            name: "bulk reads", versions: [nil, .two],
            steps: [
                .add("d", value("D", [])), .add("b", value("B", [("d", "0.5")])),
                .add("c", value("C", [("b", "1"), ("a", "1")])),
                .add("a", value("A", [("c", "0.5"), ("b", "1"), ("none", "1"), (nil, "1")])),
                .bulk("bulk%20reads:a", "", 200, answer(a, [b, d, c], 2, skipped: 2)),
                .bulk("bulk%20reads%3Aa", "?depth=3&breadth=5&total=20", 200, answer(a, [b, d, c], 2, skipped: 2)),
                .bulk("bulk%20reads:a", "?depth=1", 200, answer(a, [b, c], 1, skipped: 0)),
                .bulk("bulk%20reads:a", "?breadth=1&depth=0x6", 200, answer(a, [b, d], 2, skipped: 0)),
                .bulk("bulk%20reads:a", "?total=2", 200, answer(a, [b], 1, skipped: 0)),
                .bulk("bulk%20reads:a", "?total=1&x=%zz&total=9", 200, answer(a, [], 0, skipped: 0)),
            ], counts: ["a": [0, 0], "b": [0, 0], "c": [0, 0], "d": [0, 0]])
    ]

    private static func small(_ name: String) -> String {
        #"{"origin":"number","code":"too_small","minimum":1,"inclusive":true,"path":["\#(name)"],"#
            + #""message":"Too small: expected number to be >=1"}"#
    }

    private static func big(_ name: String, _ most: Int) -> String {
        #"{"origin":"number","code":"too_big","maximum":\#(most),"inclusive":true,"path":["\#(name)"],"#
            + #""message":"Too big: expected number to be <=\#(most)"}"#
    }

    private static let fraction =
        #"{"expected":"int","format":"safeint","code":"invalid_type","path":["depth"],"#
        + #""message":"Invalid input: expected int, received number"}"#
    private static let noNumber =
        #"{"expected":"number","code":"invalid_type","received":"NaN","path":["breadth"],"#
        + #""message":"Invalid input: expected number, received NaN"}"#

    static let refusals: [ContractCase] = [
        ContractCase(
            name: "bulk refusals", versions: [nil, .two],
            steps: [
                .bulk("none", "", 404, Step.failure("memory not found")),
                .bulk("bulk%20refusals:none", "", 404, Step.failure("memory not found")),
                .bulk("none", "?depth=0", 400, Step.issues(small("depth"))),
                .bulk("none", "?depth=", 400, Step.issues(small("depth"))),
                .bulk(
                    "none", "?total=51&breadth=21&depth=7", 400,
                    Step.issues(big("depth", 6), big("breadth", 20), big("total", 50))),
                .bulk("none", "?depth=1.5&breadth=five", 400, Step.issues(fraction, noNumber)),
                .bulk("%zz", "", 400, Step.failure("invalid memory key")),
                .bulk("%ff", "", 400, Step.failure("invalid memory key")),
            ]),
        // The first version did not have it, and only a GET reads.
        ContractCase(
            name: "no bulk", versions: [.one], steps: [.add("a", value("A", [])), .bulk("no%20bulk:a", "", 404, "")]),
        ContractCase(
            name: "bulk elsewhere",
            steps: [
                .bulk("", "", 404, ""), .bulk("a/b", "", 404, ""), .call("/api/memories/a/bulk", "{}", 404, ""),
            ]
                + ["/api/memories/a/bulk/", "/api/memories/a", "/api/memories/bulk", "/api/memories/stats"].map {
                    Step(method: "GET", path: $0, body: "", status: 404, answer: "")
                }),
    ]
}
