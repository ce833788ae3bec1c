import EventLog
import LedgerOperations
import MemoryLedger

/// A tool of the old program: its names, arguments and texts, on the operations of today.
struct CompatibleTool: MCPTool {
    enum Kind: String, Sendable, CaseIterable {
        case sessionNew = "session_new"
        case add = "memory_add"
        case get = "memory_get"
        case update = "memory_update"
        case rename = "memory_rename"
        case search = "memory_search"
        case fulltext = "memory_fulltext_search"
        case bulk = "bulk_read_memory"

        /// Those of a version of the old program.
        static func all(_ version: CompatibleService.Version) -> [Self] {
            version == .one ? allCases.filter { ![.search, .fulltext, .bulk].contains($0) } : allCases
        }
    }

    let kind: Kind
    let description: MCPToolDescription

    func call(_ arguments: JSONValue?, in context: MCPContext) async throws -> MCPToolResult {
        var given = arguments
        // The old program wanted an object even if nothing must be in it.
        if !context.isCompatible, given?.isNull ?? true { given = .object([:]) }
        let checked = try CompatibleArguments.checked(given, kind, context.options.compatibility)
        do {
            return try await answer(checked, context)
        } catch let denied as AccessDeniedError {
            return MCPToolFailure.denied(denied, kind.rawValue)
        } catch {
            if error is CancellationError || error is MCPError { throw error }
            return Self.refusal(CompatibleFailure(error, in: context.ledger).message)
        }
    }

    private func answer(_ arguments: JSONObject, _ context: MCPContext) async throws -> MCPToolResult {
        if kind == .sessionNew { return try openSession(arguments, context) }
        var payload: JSONObject = ["success": true]
        if let data = try await data(arguments, context) { payload.append("data", data) }
        let isJSON = arguments["output_format"] == "json"
        return MCPToolResult(isJSON ? JavaScriptText.indented(.object(payload)) : TOON.text(.object(payload)))
    }

    private func openSession(_ arguments: JSONObject, _ context: MCPContext) throws -> MCPToolResult {
        let namespace = arguments["namespace"]?.string ?? context.defaultNamespace
        let id = try context.service.openSession(namespace: namespace, by: context.caller)
        guard context.options.compatibility == .two else { return MCPToolResult(id) }
        let document: JSONValue = [
            "success": true, "data": ["sessionKey": .string(id), "namespace": .string(namespace)],
        ]
        return MCPToolResult(document.description)
    }

    /// Nil: there is none but that it is done.
    private func data(_ arguments: JSONObject, _ context: MCPContext) async throws -> JSONValue? {
        let (service, caller) = (context.service, context.caller)
        let place =
            arguments["session"]?.string.map { CompatibleService.Place.session($0) }
            ?? .namespace(context.defaultNamespace)
        func text(_ name: String) -> String { arguments[name]?.string ?? "" }
        switch kind {
        case .sessionNew: return nil
        case .add:
            let content = CompatibleArguments.change(arguments).applied(to: MemoryContent())
            try await service.add(text("key"), content, in: place, by: caller)
            return nil
        case .get:
            return try await service.get(
                text("key"), sortLinks: arguments["sortLinks"]?.bool, in: place, by: caller
            ).json
        case .update:
            let change = CompatibleArguments.change(arguments)
            return ["key": .string(try await service.update(text("key"), change, in: place, by: caller))]
        case .rename:
            try await service.rename(text("old_key"), to: text("new_key"), in: place, by: caller)
            return ["old_key": .string(text("old_key")), "new_key": .string(text("new_key"))]
        case .search, .fulltext:
            let asked = JSONValue.object(arguments)
            if kind == .fulltext, asked.hasNoKeywords { throw CompatibleRefusal.noKeywords }
            return try await service.search(asked.compatibleSearch, in: place, by: caller).document()
        case .bulk:
            let bounds = JSONValue.object(arguments).bulkBounds
            return try await service.bulk(text("key"), bounds, in: place, by: caller).document()
        }
    }

    /// Always JSON, and no error of the tool: so the old program's clients know it.
    private static func refusal(_ message: String) -> MCPToolResult {
        let document: JSONValue = ["success": false, "message": .string(message)]
        return MCPToolResult(JavaScriptText.indented(document))
    }
}
