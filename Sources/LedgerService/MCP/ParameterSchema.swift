import LedgerOperations
import MemoryLedger

/// JSON schemas of what operations take: flat, each with its type.
enum ParameterSchema {
    /// Of arguments.
    ///
    /// - Parameter isClosed: says that none but these are taken, which a model that is told little need not be told.
    static func object(_ parameters: [any OperationParameter], isClosed: Bool = true) -> JSONValue {
        var properties = JSONObject()
        for parameter in parameters {
            var schema = schema(parameter.type)
            if !parameter.help.isEmpty { schema.append("description", .string(parameter.help)) }
            properties.append(parameter.name, .object(schema))
        }
        return object(properties, required: parameters.filter(\.isRequired).map(\.name), isClosed: isClosed)
    }

    /// Of what an operation answers, with the members that are always there and those that may be.
    static func document(_ members: [DocumentMember], optional: [DocumentMember]) -> JSONValue {
        let properties = (members + optional).map { JSONObject.Member(name: $0.name, value: .object(schema($0.kind))) }
        return object(JSONObject(properties), required: members.map(\.name), isClosed: false)
    }

    private static func schema(_ kind: DocumentMember.Kind) -> JSONObject {
        switch kind {
        case .string: ["type": "string"]
        case .boolean: ["type": "boolean"]
        case .integer: ["type": "integer"]
        case .number: ["type": "number"]
        case .object: ["type": "object"]
        case .strings: ["type": "array", "items": ["type": "string"]]
        case .integers: ["type": "array", "items": ["type": "integer"]]
        case .objects: ["type": "array", "items": ["type": "object"]]
        }
    }

    private static func object(_ properties: JSONObject, required: [String], isClosed: Bool = true) -> JSONValue {
        var object: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { object.append("required", .array(required.map { .string($0) })) }
        if isClosed { object.append("additionalProperties", false) }
        return .object(object)
    }

    static func schema(_ type: ParameterType) -> JSONObject {
        switch type {
        case .string: return ["type": "string"]
        case .choice(let values): return ["type": "string", "enum": .array(values.map { .string($0) })]
        case .boolean: return ["type": "boolean"]
        case .integer(let range):
            var schema: JSONObject = ["type": "integer"]
            if range.lowerBound > .min { schema.append("minimum", JSONValue(range.lowerBound)) }
            if range.upperBound < .max { schema.append("maximum", JSONValue(range.upperBound)) }
            return schema
        case .number(let range):
            var schema: JSONObject = ["type": "number"]
            if range.lowerBound.isFinite { schema.append("minimum", JSONValue(range.lowerBound)) }
            if range.upperBound.isFinite { schema.append("maximum", JSONValue(range.upperBound)) }
            return schema
        case .list(let element, let count):
            var schema: JSONObject = ["type": "array", "items": .object(self.schema(element))]
            if count.lowerBound > 0 { schema.append("minItems", JSONValue(count.lowerBound)) }
            if count.upperBound < .max { schema.append("maxItems", JSONValue(count.upperBound)) }
            return schema
        case .object(let members):
            var properties = JSONObject()
            for member in members { properties.append(member.name, .object(self.schema(member.type))) }
            return object(properties, required: members.filter(\.isRequired).map(\.name)).object ?? [:]
        }
    }
}
