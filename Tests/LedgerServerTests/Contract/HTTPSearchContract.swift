import LedgerService

/// What the old program's second version answers of searches, but that Chinese is found and that relevance falls.
enum HTTPSearchContract {
    typealias Step = ContractStep

    static let all = found + joined + pages + changes + refusals + elsewhere

    /// - Parameter query: with its question mark. `%20` stands for a blank of a namespace.
    private static func search(_ query: String, _ results: [String], total: Int? = nil, _ page: String? = nil) -> Step {
        get("/search", query, results, total ?? results.count, page)
    }

    private static func fulltext(_ query: String, _ results: [String]) -> Step {
        get("/fulltext", query, results, results.count, nil)
    }

    private static func get(
        _ path: String, _ query: String, _ results: [String], _ total: Int, _ page: String?
    ) -> Step {
        Step(
            method: "GET", path: path + query, body: "", status: 200,
            answer: #"{"success":true,"data":{"results":[\#(results.joined(separator: ","))],"#
                + #""pagination":{"total":\#(total),\#(page ?? #""limit":10,"offset":0"#)}}}"#)
    }

    private static func refused(_ path: String, _ status: Int, _ answer: String) -> Step {
        Step(method: "GET", path: path, body: "", status: status, answer: answer)
    }

    private static func result(_ key: String, _ summary: String, _ excerpt: String, links: String = "") -> String {
        let linked = links.isEmpty ? "" : #","links":[\#(links)]"#
        return #"{"key":"\#(key)","summary":"\#(summary)","excerpt":"\#(excerpt)","relevance":$R,"score":$R\#(linked)}"#
    }

    /// Keys are whole, links have no summaries, and what was found is marked. Nothing is counted as read.
    static let found: [ContractCase] = {
        let none = #"{"type":"bug","key":"none","term":"a","weight":0.1}"#
        let cup = #"{"type":"bug","key":"cup","term":"b","weight":0.9}"#
        let tea = { (excerpt: String, links: String) in
            result("search reads:tea", "Green zpekoe", excerpt, links: links)
        }
        let cjk = result("search reads:q", "量子", "量子<mark>计算</mark>基础概念")
        return [
            ContractCase(
                name: "search reads", versions: [nil, .two],
                steps: [
                    .add(
                        "tea", #"{"summary":"Green zpekoe","text":"She drinks Zpéakwort.","links":[\#(none),\#(cup)]}"#),
                    .add("q", #"{"summary":"量子","text":"量子计算基础概念"}"#),
                    .add("cup", #"{"summary":"A cup","text":""}"#),
                    search("?q=zpeakwort&session=$S", [tea("She drinks <mark>Zpéakwort</mark>.", "\(cup),\(none)")]),
                    search(
                        "?q=zpeakwort&session=$S&sortLinks=%20FALSE",
                        [tea("She drinks <mark>Zpéakwort</mark>.", "\(none),\(cup)")]),
                    // Found in the summary; the text's beginning is shown.
                    search("?q=ZPEKOE&sortLinks=", [tea("She drinks Zpéakwort.", "\(cup),\(none)")]),
                    fulltext("?keywords=zpekoe&sortLinks=true", [tea("She drinks Zpéakwort.", "\(cup),\(none)")]),
                    search("?q=%E8%AE%A1%E7%AE%97&session=$S", [cjk]),
                    fulltext("?keywords=%E8%AE%A1%E7%AE%97&session=$S", [cjk]),
                ], counts: ["tea": [0, 0], "cup": [0, 0], "q": [0, 0]]),
            // A session finds its own namespace only, and without one all are looked at.
            ContractCase(
                name: "search elsewhere", versions: [nil, .two],
                steps: [
                    .add("own", #"{"summary":"zpekoeother","text":""}"#),
                    search("?q=zpeakwort&session=$S", []),
                    search("?q=zpekoeother&session=$S", [result("search elsewhere:own", "zpekoeother", "")]),
                    search("?q=zpekoeother&session=", [result("search elsewhere:own", "zpekoeother", "")]),
                    search("?q=zpekoe", [tea("She drinks Zpéakwort.", "\(cup),\(none)")]),
                ]),
        ]
    }()

    /// Parts between blanks or commas, each a phrase: one is enough, or all must be there. Nothing is an operator.
    static let joined: [ContractCase] = {
        let both = result("joined:both", "zqone zqtwo", "")
        let one = result("joined:one", "zqone", "w w w w w w w w w w")
        return [
            ContractCase(
                name: "joined", versions: [nil, .two],
                steps: [
                    .add("both", #"{"summary":"zqone zqtwo","text":""}"#),
                    .add("one", #"{"summary":"zqone","text":" w w w w w w w w w w\n"}"#),
                    search("?q=+zqone%20%09zqtwo+&session=$S", [both, one]),
                    fulltext("?keywords=zqone,%20zqtwo,,&session=$S", [both, one]),
                    fulltext("?keywords=zqone,zqtwo&operator=OR&session=$S", [both, one]),
                    fulltext("?keywords=zqone,zqtwo&operator=AND&session=$S", [both]),
                    fulltext("?keywords=zqone%20zqtwo&session=$S", [both]),
                    fulltext("?keywords=zqtwo%20zqone&session=$S", []),
                    search("?q=zqtwo*&session=$S", [both]),
                    search("?q=zqtw*&session=$S", []),
                    search("?q=NOT+zqtwo&session=$S", [both]),
                    search("?q=%22zqtwo+(&session=$S", [both]),
                    search("?q=summary:zqone&session=$S", []),
                    search("?q=!!!&session=$S", []),
                ])
        ]
    }()

    static let pages: [ContractCase] = {
        // The word in more fields matches more.
        let summaries = ["zqpage zqpage zqpage", "zqpage zqpage", "zqpage"]
        let results = summaries.enumerated().map { result("pages:\($0)", $1, "") }
        return [
            ContractCase(
                name: "pages", versions: [nil, .two],
                steps: summaries.enumerated().map { .add("\($0)", #"{"summary":"\#($1)","text":""}"#) }
                    + [
                        search("?q=zqpage&session=$S", results),
                        search(
                            "?q=zqpage&session=$S&limit=2", Array(results[..<2]), total: 3, #""limit":2,"offset":0"#),
                        search(
                            "?q=zqpage&session=$S&limit=2&offset=2", Array(results[2...]), total: 3,
                            #""limit":2,"offset":2"#),
                        search("?q=zqpage&session=$S&offset=9&limit=0x1", [], total: 3, #""limit":1,"offset":9"#),
                        // The first of a name counts.
                        search(
                            "?q=zqpage&q=none&session=$S&offset=&limit=1&limit=500", Array(results[..<1]), total: 3,
                            #""limit":1,"offset":0"#),
                    ])
        ]
    }()

    /// What is written is found at once, and what is gone no more.
    static let changes: [ContractCase] = [
        ContractCase(
            name: "found at once", versions: [nil, .two],
            steps: [
                .add("k", #"{"summary":"zqbefore","text":""}"#),
                search("?q=zqbefore&session=$S", [result("found at once:k", "zqbefore", "")]),
                .update("k", #"{"summary":"zqafter"}"#),
                search("?q=zqbefore&session=$S", []),
                search("?q=zqafter&session=$S", [result("found at once:k", "zqafter", "")]),
                .rename("k", "zqrenamed"),
                search("?q=zqrenamed&session=$S", [result("found at once:zqrenamed", "zqafter", "")]),
                search("?q=zqafter&session=$S", [result("found at once:zqrenamed", "zqafter", "")]),
            ])
    ]

    // MARK: What is refused

    private static func required(_ name: String) -> String {
        #"{"origin":"string","code":"too_small","minimum":1,"inclusive":true,"path":["\#(name)"],"#
            + #""message":"\#(name) is required"}"#
    }

    private static func small(_ name: String, _ least: Int) -> String {
        #"{"origin":"number","code":"too_small","minimum":\#(least),"inclusive":true,"path":["\#(name)"],"#
            + #""message":"Too small: expected number to be >=\#(least)"}"#
    }

    private static let big =
        #"{"origin":"number","code":"too_big","maximum":100,"inclusive":true,"path":["limit"],"#
        + #""message":"Too big: expected number to be <=100"}"#
    private static let fraction =
        #"{"expected":"int","format":"safeint","code":"invalid_type","path":["limit"],"#
        + #""message":"Invalid input: expected int, received number"}"#
    private static let noNumber =
        #"{"expected":"number","code":"invalid_type","received":"NaN","path":["offset"],"#
        + #""message":"Invalid input: expected number, received NaN"}"#
    private static let noFlag = Step.wrong(#""sortLinks""#, "boolean", "string")
    private static let noOperator =
        #"{"code":"invalid_value","values":["AND","OR"],"path":["operator"],"#
        + #""message":"Invalid option: expected one of \"AND\"|\"OR\""}"#

    static let refusals: [ContractCase] = [
        ContractCase(
            name: "search refusals", versions: [nil, .two],
            steps: [
                refused("/search", 400, Step.issues(Step.wrong(#""q""#, "string", "undefined"))),
                refused("/fulltext", 400, Step.issues(Step.wrong(#""keywords""#, "string", "undefined"))),
                refused("/search?q=%20", 400, Step.issues(required("q"))),
                refused("/fulltext?q=a&keywords=", 400, Step.issues(required("keywords"))),
                refused("/search?q=a&limit=", 400, Step.issues(small("limit", 1))),
                refused("/search?q=a&limit=1.5&offset=x", 400, Step.issues(fraction, noNumber)),
                refused(
                    "/search?offset=-1&limit=101&sortLinks=yes&q=", 400,
                    Step.issues(required("q"), noFlag, big, small("offset", 0))),
                refused(
                    "/fulltext?keywords=a&operator=and&sortLinks=1&limit=0", 400,
                    Step.issues(noOperator, noFlag, small("limit", 1))),
                refused(
                    "/fulltext?keywords=%2C%20%2C&session=none", 400,
                    Step.failure("keywords must contain at least one non-empty value")),
                refused("/search?q=a&session=none", 401, Step.failure("invalid session")),
                refused("/fulltext?keywords=a&session=none", 401, Step.failure("invalid session")),
            ])
    ]

    /// Only a GET searches, and the first version had none.
    static let elsewhere: [ContractCase] = {
        let paths = ["/search?q=a", "/fulltext?keywords=a"]
        let others = ["/search/?q=a", "/fulltext/?keywords=a", "/Search?q=a"]
        return [
            ContractCase(
                name: "search by others",
                steps: paths.flatMap { path in
                    ["POST", "PUT", "DELETE"].map {
                        Step(method: $0, path: path, body: #"{"q":"a","session":"$S"}"#, status: 404, answer: "")
                    }
                } + others.map { refused($0, 404, "") }),
            ContractCase(
                name: "no search", versions: [.one], steps: paths.map { refused($0, 404, "") }),
        ]
    }()
}
