import MemoryLedger

/// What the old program's requests hold, of both versions: links in the value or beside it, and a domain and a type or
/// none.
enum CompatibleSchemas {
    static let linkTypes = ["decision", "constrained", "bug", "design", "assumption", "experiment"]

    static let links = ValueSchema.list(
        .object([
            .required("type", .options(linkTypes)), .optional("key", .string()), .required("term", .string()),
            .defaulting("weight", to: JSONValue(MemoryLink.defaultWeight), .number(0...1)),
        ]))

    /// A memory; in its parts: none of them is required.
    static func memory(isPartial: Bool, unknown: ValueSchema.UnknownMembers = .dropped) -> ValueSchema {
        let text = { (name: String) -> ValueSchema.Member in
            isPartial ? .optional(name, .string()) : .required(name, .string())
        }
        return .object(
            [
                .optional("domain", .string()), text("summary"), text("text"), .optional("type", .string()),
                .optional("links", links), .optional("keywords", .list(.string())),
            ], unknown: unknown)
    }

    static let login = ValueSchema.object([.required("namespace", .string())])

    /// The second version refuses members that it does not know.
    static func add(_ version: CompatibleService.Version) -> ValueSchema {
        .object([
            .required("session", .string()), .required("key", .string()),
            .required("value", memory(isPartial: false, unknown: version == .two ? .refused : .dropped)),
            .optional("links", links),
        ])
    }

    static let get = ValueSchema.object([
        .required("key", .string()), .required("session", .string()),
        .optional("sortLinks", .boolean(message: "sortLinks must be true or false"), from: .flag),
    ])

    static let update = ValueSchema.object([
        .required("session", .string()), .required("key", .string()),
        .required("value", memory(isPartial: true)), .optional("links", links),
    ])

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
