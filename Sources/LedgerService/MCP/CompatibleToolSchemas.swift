import MemoryLedger

/// What clients are told of the arguments of the old program's tools.
///
/// The old program listed what has a default as required; a client that believes that could leave nothing out, so
/// that is not repeated.
struct CompatibleToolSchemas {
    /// As the old program wrote them, dialect and bounds and all; else as short as a model needs them.
    let isCompatible: Bool
    let version: CompatibleService.Version

    private static let linkTypes = JSONValue.array(CompatibleSchemas.linkTypes.map { .string($0) })

    private func object(_ properties: JSONObject, required: [String]) -> JSONValue {
        var object: JSONObject = [:]
        if isCompatible { object.append("$schema", "http://json-schema.org/draft-07/schema#") }
        append(properties, required, to: &object)
        return .object(object)
    }

    private func inner(_ properties: JSONObject, required: [String]) -> JSONValue {
        var object: JSONObject = [:]
        append(properties, required, to: &object)
        return .object(object)
    }

    private func append(_ properties: JSONObject, _ required: [String], to object: inout JSONObject) {
        object.append("type", "object")
        object.append("properties", .object(properties))
        if !required.isEmpty { object.append("required", .array(required.map { .string($0) })) }
        if isCompatible { object.append("additionalProperties", false) }
    }

    private let text: JSONValue = ["type": "string"]

    /// A key or a session, which is not empty.
    private var name: JSONValue { isCompatible ? ["type": "string", "minLength": 1] : text }

    private let format: JSONValue = ["default": "toon", "type": "string", "enum": ["json", "toon"]]

    private var sortLinks: JSONValue { ["default": true, "type": "boolean"] }

    private var links: JSONValue {
        let link = inner(
            [
                "type": ["type": "string", "enum": Self.linkTypes], "key": text, "term": text,
                "weight": isCompatible
                    ? ["default": 0.5, "type": "number", "minimum": 0, "maximum": 1]
                    : ["type": "number", "minimum": 0, "maximum": 1],
            ], required: ["type", "term"])
        return ["type": "array", "items": link]
    }

    private var keywords: JSONValue { ["type": "array", "items": text] }

    /// A memory's value, all of it or some of it.
    private func value(isWhole: Bool) -> JSONValue {
        var properties: JSONObject = ["summary": text, "text": text]
        var required = ["summary", "text"]
        switch (isCompatible, version) {
        case (true, .two): break
        case (true, .one):
            properties = [
                "domain": text, "summary": text, "text": text, "type": text, "links": links, "keywords": keywords,
            ]
            required = ["domain", "summary", "text", "type"]
        case (false, _):
            properties.append("domain", text)
            properties.append("type", text)
            properties.append("keywords", keywords)
            // The whole of it is told once, with memory_add.
            properties.append("links", isWhole ? links : ["type": "array", "items": ["type": "object"]])
        }
        return inner(properties, required: isWhole ? required : [])
    }

    /// With what every tool but one takes.
    private func input(_ properties: JSONObject, required: [String], hasLinks: Bool = false) -> JSONValue {
        var all = properties
        if hasLinks, isCompatible, version == .two { all.append("links", links) }
        all.append("session", name)
        all.append("output_format", format)
        return object(all, required: required)
    }

    var sessionNew: JSONValue {
        object(
            [
                "namespace": isCompatible
                    ? ["default": "mem", "type": "string", "minLength": 1] : text
            ], required: [])
    }

    var add: JSONValue {
        input(["key": name, "value": value(isWhole: true)], required: ["key", "value"], hasLinks: true)
    }

    var get: JSONValue {
        var properties: JSONObject = ["key": name]
        if version == .two { properties.append("sortLinks", sortLinks) }
        return input(properties, required: ["key"])
    }

    var update: JSONValue {
        input(["key": name, "value": value(isWhole: false)], required: ["key", "value"], hasLinks: true)
    }

    var bulk: JSONValue {
        var properties: JSONObject = ["key": name]
        for (name, number, range) in [
            ("depth", 3, BulkRead.Bounds.depths), ("breadth", 5, BulkRead.Bounds.breadths),
            ("total", 20, BulkRead.Bounds.totals),
        ] {
            properties.append(
                name,
                [
                    "default": JSONValue(number), "type": "integer", "minimum": JSONValue(range.lowerBound),
                    "maximum": JSONValue(range.upperBound),
                ])
        }
        if isCompatible { properties.append("sortLinks", sortLinks) }
        return input(properties, required: ["key"])
    }

    /// - Parameter properties: what is looked for.
    private func search(_ properties: JSONObject, required: String) -> JSONValue {
        var all = properties
        let bounds: JSONObject = ["default": 10, "type": "integer", "minimum": 1, "maximum": 100]
        all.append("limit", .object(bounds))
        all.append("offset", ["default": 0, "type": "integer", "minimum": 0])
        if isCompatible { all.append("sortLinks", sortLinks) }
        // The second version wanted a session.
        return input(all, required: [required] + (isCompatible ? ["session"] : []))
    }

    var search: JSONValue { search(["query": name], required: "query") }

    var fulltext: JSONValue {
        search(
            ["keywords": name, "operator": ["default": "OR", "type": "string", "enum": ["AND", "OR"]]],
            required: "keywords")
    }

    var rename: JSONValue { input(["old_key": name, "new_key": name], required: ["old_key", "new_key"]) }
}
