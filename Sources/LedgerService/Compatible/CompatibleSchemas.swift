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
