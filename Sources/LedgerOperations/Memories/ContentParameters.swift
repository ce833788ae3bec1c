import EventLog
package import MemoryLedger

/// A memory's fields, each a parameter: what is not given stays.
package enum ContentParameters {
    static let domain = Parameter("domain", optional: .string, "What it belongs to.")
    static let summary = Parameter("summary", optional: .string, "One line that says what it is about.")
    static let text = Parameter("text", optional: .string, "The text.")
    static let type = Parameter("type", optional: .string, "What kind of memory it is.")
    static let keywords = Parameter(
        "keywords", optional: ArgumentType.string.list("a list of strings"), "Keywords; they replace the former ones.")
    static let links = links(refusesUnknown: true)

    static let all: [any OperationParameter] = [domain, summary, text, type, keywords, links]

    private static func links(refusesUnknown: Bool) -> Parameter<[MemoryLink]?> {
        Parameter(
            "links", optional: ArgumentType.link(refusesUnknown: refusesUnknown).list("a list of objects"),
            "Links to other keys; they replace the former ones.")
    }

    static func change(_ arguments: OperationArguments) throws -> MemoryChange {
        MemoryChange(
            domain: try arguments[domain], summary: try arguments[summary], text: try arguments[text],
            type: try arguments[type], keywords: try arguments[keywords], links: try arguments[links])
    }

    /// The fields of a document that may hold more, such as one that shows a memory. Unknown members are dropped.
    ///
    /// - Throws: `OperationArgumentError` for a field of another type.
    package static func change(amongOthersIn json: JSONObject) throws -> MemoryChange {
        MemoryChange(
            domain: try domain.value(in: json), summary: try summary.value(in: json), text: try text.value(in: json),
            type: try type.value(in: json), keywords: try keywords.value(in: json),
            links: try links(refusesUnknown: false).value(in: json))
    }
}

extension ArgumentType where Value == MemoryLink {
    private static var weight: ArgumentType<Double> { .number(LinkWeight.range) }

    /// `{"type", "key", "term", "weight"}`; without a key, or with null, it names only a term.
    fileprivate static func link(refusesUnknown: Bool) -> Self {
        let members: [ParameterType.Member] = [
            .init("type", .string, isRequired: true), .init("key", .string, isRequired: false),
            .init("term", .string, isRequired: true), .init("weight", weight.type, isRequired: false),
        ]
        return Self(.object(members)) { value, path in
            guard let object = value.object else {
                throw OperationArgumentError.wrong(path, expected: "an object", found: value)
            }
            let names = members.map(\.name)
            for member in object.members where refusesUnknown && !names.contains(member.name) {
                throw OperationArgumentError.unknown("\(path).\(member.name)", known: names)
            }
            func text(_ name: String) throws -> String {
                guard let value = object[name] else { throw OperationArgumentError.missing("\(path).\(name)") }
                return try ArgumentType<String>.string.read(value, "\(path).\(name)")
            }
            let key: String? = object["key"]?.isNull ?? true ? nil : try text("key")
            let strength = try object["weight"].map { try weight.read($0, "\(path).weight") }
            return MemoryLink(
                type: try text("type"), key: key, term: try text("term"), weight: strength ?? MemoryLink.defaultWeight)
        }
    }
}

/// How strong a link is.
package enum LinkWeight {
    package static let range = 0.0...1.0
}
