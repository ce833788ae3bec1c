import LedgerOperations
import MemoryLedger

/// What the old program's requests hold, of both versions: links in the value or beside it, and a domain and a type or
/// none. If only the first version's clients are served, links beside the value and how links are sorted are dropped
/// as members that it did not know.
enum CompatibleSchemas {
    static let linkTypes = ["decision", "constrained", "bug", "design", "assumption", "experiment"]

    static let links = ValueSchema.list(
        .object([
            .required("type", .options(linkTypes)), .optional("key", .string()), .required("term", .string()),
            .defaulting("weight", to: JSONValue(MemoryLink.defaultWeight), .number(0...1)),
        ]))

    /// A memory; in its parts: none of them is required.
    ///
    /// - Parameter lenient: members of which a wrong value counts as none.
    static func memory(
        isPartial: Bool, unknown: ValueSchema.UnknownMembers = .dropped, lenient: Set<String> = []
    ) -> ValueSchema {
        let text = { (name: String) -> ValueSchema.Member in
            isPartial ? .optional(name, .string()) : .required(name, .string())
        }
        let more = { (name: String, schema: ValueSchema) -> ValueSchema.Member in
            lenient.contains(name) ? .lenient(name, schema) : .optional(name, schema)
        }
        return .object(
            [
                more("domain", .string()), text("summary"), text("text"), more("type", .string()),
                more("links", links), more("keywords", .list(.string())),
            ], unknown: unknown)
    }

    static let login = ValueSchema.object([.required("namespace", .string())])

    /// The second version refuses members that it does not know.
    static func add(_ version: CompatibleService.Version?) -> ValueSchema { adds.of(version) }
    private static let adds = ByVersion(makeAdd)

    private static func makeAdd(_ version: CompatibleService.Version?) -> ValueSchema {
        .object(
            [
                .required("session", .string()), .required("key", .string()),
                .required("value", memory(isPartial: false, unknown: version == .two ? .refused : .dropped)),
            ] + besides(version))
    }

    static func get(_ version: CompatibleService.Version?) -> ValueSchema { version == .one ? plainGet : get }

    private static let plainGet = ValueSchema.object(getMembers)
    private static let get = ValueSchema.object(
        getMembers + [.optional("sortLinks", .boolean(message: "sortLinks must be true or false"), from: .flag)])
    private static let getMembers: [ValueSchema.Member] = [
        .required("key", .string()), .required("session", .string()),
    ]

    static func update(_ version: CompatibleService.Version?) -> ValueSchema { updates.of(version) }
    private static let updates = ByVersion(makeUpdate)

    private static func makeUpdate(_ version: CompatibleService.Version?) -> ValueSchema {
        .object(
            [
                .required("session", .string()), .required("key", .string()),
                .required("value", memory(isPartial: true, lenient: version == .two ? ["links", "keywords"] : [])),
            ] + besides(version))
    }

    /// What stands beside a value.
    private static func besides(_ version: CompatibleService.Version?) -> [ValueSchema.Member] {
        version == .one ? [] : [.optional("links", links)]
    }

    /// How far a bulk read goes, with its defaults. Over HTTP all of it is text.
    static let bulk: [ValueSchema.Member] = [
        bulkNumber("depth", 3, BulkRead.Bounds.depths), bulkNumber("breadth", 5, BulkRead.Bounds.breadths),
        bulkNumber("total", 20, BulkRead.Bounds.totals),
    ]

    private static func bulkNumber(_ name: String, _ fallback: Int, _ range: ClosedRange<Int>) -> ValueSchema.Member {
        .defaulting(
            name, to: JSONValue(fallback),
            .number(Double(range.lowerBound)...Double(range.upperBound), isWhole: true), from: .number)
    }

    /// What the second version's searches take over HTTP, where all of it is text.
    static let search: [ValueSchema.Member] =
        [.required("q", .string(minimum: 1, trims: true, message: "q is required")), session, sorting] + page(.number)

    static let fulltext: [ValueSchema.Member] =
        [
            .required("keywords", .string(minimum: 1, trims: true, message: "keywords is required")), session,
            joining, sorting,
        ] + page(.number)

    private static let session = ValueSchema.Member.optional("session", .string())
    static let joining = ValueSchema.Member.defaulting("operator", to: "OR", .options(["AND", "OR"]))
    private static let sorting = ValueSchema.Member.defaulting("sortLinks", to: true, .boolean(), from: .flag)

    /// - Parameter coercion: what numbers are made from.
    static func page(_ coercion: ValueSchema.Coercion?) -> [ValueSchema.Member] {
        [
            .defaulting("limit", to: 10, .number(1...100, isWhole: true), from: coercion),
            .defaulting("offset", to: 0, .number(0...Double.infinity, isWhole: true), from: coercion),
        ]
    }

    /// Made once, since each request needs one.
    private struct ByVersion {
        private let (both, one, two): (ValueSchema, ValueSchema, ValueSchema)

        init(_ make: (CompatibleService.Version?) -> ValueSchema) {
            (both, one, two) = (make(nil), make(.one), make(.two))
        }

        func of(_ version: CompatibleService.Version?) -> ValueSchema {
            switch version {
            case .one: one
            case .two: two
            case nil: both
            }
        }
    }

    static let rename = ValueSchema.object([
        .required("session", .string()), .required("old_key", .string()), .required("new_key", .string()),
    ])
}

/// What is in a value that a schema let pass.
extension JSONValue {
    /// A required text.
    func text(_ name: String) -> String { self[name]?.string ?? "" }

    /// What `CompatibleSchemas.bulk` let pass.
    var bulkBounds: BulkRead.Bounds {
        // Whole and within the bounds, by the schema.
        func number(_ name: String) -> Int { Int(self[name]?.number?.double ?? 1) }
        return BulkRead.Bounds(depth: number("depth"), breadth: number("breadth"), total: number("total"))
    }

    /// Commas and blanks are all that there is.
    var hasNoKeywords: Bool {
        text("keywords").split(separator: ",").allSatisfy { String($0).javaScriptTrimmed.isEmpty }
    }

    /// What `CompatibleSchemas.search` or `.fulltext` let pass, or those of the tools.
    var compatibleSearch: SearchCompatibly {
        // Whole and not negative, by the schema; nothing is found behind so many.
        let limit = Int(self["limit"]?.number?.double ?? 10)
        let offset = Int(min(self["offset"]?.number?.double ?? 0, Double(Int32.max)))
        let sorts = self["sortLinks"]?.bool ?? true
        guard self["keywords"] != nil else {
            let words = self["q"] == nil ? text("query") : text("q")
            return SearchCompatibly(words: words, limit: limit, offset: offset, sortsLinks: sorts)
        }
        let joining: SearchCompatibly.Operator = self["operator"] == "AND" ? .and : .or
        return SearchCompatibly(
            keywords: text("keywords"), joining, limit: limit, offset: offset, sortsLinks: sorts)
    }

    /// A memory's fields, the links of the value before those beside it.
    ///
    /// - Parameter links: beside the value.
    func memoryChange(besideIt links: JSONValue?) -> MemoryChange {
        MemoryChange(
            domain: self["domain"]?.string, summary: self["summary"]?.string, text: self["text"]?.string,
            type: self["type"]?.string, keywords: self["keywords"]?.array?.compactMap(\.string),
            links: (self["links"] ?? links)?.array?.map { link in
                MemoryLink(
                    type: link.text("type"), key: link["key"]?.string, term: link.text("term"),
                    weight: link["weight"]?.number?.double ?? MemoryLink.defaultWeight)
            })
    }
}
