import MemoryLedger

/// What of a value does not fit a JSON schema, of the keywords that tools use. A keyword that is not known is a fault.
enum SchemaCheck {
    static func faults(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
        guard let schema = schema.object else { return ["\(path): the schema is no object"] }
        var faults: [String] = []
        for keyword in schema.members {
            switch keyword.name {
            case "type":
                let kinds = Self.kinds(value)
                if !kinds.contains(keyword.value.string ?? "") { faults.append("\(path) is no \(keyword.value)") }
            case "properties":
                for property in keyword.value.object?.members ?? [] {
                    guard let member = value[property.name] else { continue }
                    faults += Self.faults(member, property.value, at: "\(path).\(property.name)")
                }
            case "required":
                for name in keyword.value.array ?? [] where value[name.string ?? ""] == nil {
                    faults.append("\(path) lacks \(name)")
                }
            case "items":
                for (index, element) in (value.array ?? []).enumerated() {
                    faults += Self.faults(element, keyword.value, at: "\(path)[\(index)]")
                }
            case "enum":
                if keyword.value.array?.contains(value) != true { faults.append("\(path) is none of \(keyword.value)") }
            case "description", "default": break
            default: faults.append("\(path): \(keyword.name) is not known")
            }
        }
        return faults
    }

    private static func kinds(_ value: JSONValue) -> Set<String> {
        switch value {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .string: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        case .number(let number): number.int64 == nil ? ["number"] : ["number", "integer"]
        }
    }
}
