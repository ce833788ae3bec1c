import LedgerOperations
import MemoryLedger

/// What the old program's tools take, checked as it was: all faults at once, and unknown members dropped.
enum CompatibleArguments {
    private static let name = ValueSchema.string(minimum: 1)
    private static let session = ValueSchema.Member.optional("session", name)
    /// The second version's searches wanted one.
    private static func session(_ version: CompatibleService.Version?) -> ValueSchema.Member {
        version == .two ? .required("session", name) : session
    }

    private static let format = ValueSchema.Member.defaulting(
        "output_format", to: "toon", .options(["json", "toon"]))
    private static let sortLinks = ValueSchema.Member.optional(
        "sortLinks", .boolean(message: "sortLinks must be true or false"), from: .flag)

    private static let links = ValueSchema.Member.optional("links", CompatibleSchemas.links)

    /// Members of a value that the second version's tools dropped, whatever they held. They are taken today, so only
    /// those that cannot be are dropped.
    private static let unknownToTwo: Set = ["domain", "type", "links", "keywords"]

    /// In the order of the old program, which is that of the faults.
    ///
    /// - Parameter version: whose clients alone are to be served. The first version knew neither links beside a value
    ///   nor their sorting, and drops both like all that it did not know.
    static func schema(_ tool: CompatibleTool.Kind, _ version: CompatibleService.Version?) -> ValueSchema {
        let (links, sortLinks) = version == .one ? ([], []) : ([Self.links], [Self.sortLinks])
        func value(isPartial: Bool) -> ValueSchema.Member {
            .required(
                "value", CompatibleSchemas.memory(isPartial: isPartial, lenient: version == .two ? unknownToTwo : []))
        }
        return switch tool {
        case .sessionNew: .object([.optional("namespace", name)])
        case .add:
            .object([session, .required("key", name), value(isPartial: false)] + links + [format])
        case .get: .object([.required("key", name), session] + sortLinks + [format])
        case .update:
            .object([.required("key", name), value(isPartial: true)] + links + [session, format])
        case .search:
            .object(
                [.required("query", .string(minimum: 1, trims: true))] + CompatibleSchemas.page(nil)
                    + [Self.sortLinks, format, session(version)])
        case .fulltext:
            .object(
                [.required("keywords", .string(minimum: 1, trims: true)), CompatibleSchemas.joining]
                    + CompatibleSchemas.page(nil) + [Self.sortLinks, format, session(version)])
        case .bulk:
            .object(
                [.required("key", .string(minimum: 1, message: "key is required")), session] + CompatibleSchemas.bulk
                    + sortLinks + [format])
        case .rename: .object([.required("old_key", name), .required("new_key", name), session, format])
        }
    }

    /// - Throws: `MCPError`, with every fault.
    static func checked(
        _ arguments: JSONValue?, _ tool: CompatibleTool.Kind, _ version: CompatibleService.Version?
    ) throws -> JSONObject {
        var validation = Validation()
        let found = validation.check(arguments.map { .value($0) } ?? .missing, schema(tool, version))
        guard let object = found?.object, validation.issues.isEmpty else {
            let faults = ValidationFailure(issues: validation.issues)
            throw MCPError.worded(
                MCPError.invalidParametersCode,
                "Tool '\(tool.rawValue)' parameter validation failed: \(faults). Please check the parameter types and "
                    + "values according to the tool's schema.")
        }
        return object
    }

    /// The fields of a value that was checked.
    static func change(_ arguments: JSONObject) -> MemoryChange {
        (arguments["value"] ?? [:]).memoryChange(besideIt: arguments["links"])
    }
}
