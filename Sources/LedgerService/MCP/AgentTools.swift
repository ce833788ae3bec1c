import EventLog
import LedgerOperations
import MemoryLedger

/// What an agent of today needs beside the tools of the old program.
enum AgentTools {
    static let all: [any MCPTool] = [delete, list, history, asOf, undo]

    private static let key = Parameter("key", ArgumentType<String>.string, "")
    private static let text: JSONValue = ["type": "string"]
    /// The operation says what is too much.
    private static let whole = ArgumentType<Int64>.integer(.min ... .max)
    private static let objects: JSONValue = ["type": "array", "items": ["type": "object"]]

    private static let delete = AgentTool(
        "memory_delete", title: "Delete memory", "Delete a memory. Its history stays, and memory_undo brings it back.",
        [key], tellsPlace: true, output: ["deleted": ["type": "boolean"], "key": text],
        hints: MCPToolHints(isReadOnly: false, isDestructive: true, isIdempotent: true)
    ) { arguments, context in
        try await whereItIs(arguments, context) { arguments in
            try await context.document(DeleteMemory(json: arguments))
        }
    }

    /// Of a page, unless told; whole memories would fill a model's context.
    private static let listed: Int64 = 50
    private static let following = "`next` of the page before."

    private static let list = AgentTool(
        "memory_list", title: "List memories", "List keys and summaries, a page at a time.",
        [
            Parameter("type", optional: ArgumentType<String>.string, ""),
            Parameter("domain", optional: ArgumentType<String>.string, ""),
            Parameter("at", optional: ArgumentType<String>.string, "Lists what there was then; as in memory_as_of."),
            Parameter("limit", optional: whole, "Default \(listed)."),
            Parameter("after", optional: ArgumentType<String>.string, following),
        ], output: ["memories": objects], hints: .reading
    ) { arguments, context in
        var arguments = arguments
        if arguments["limit"] == nil { arguments.append("limit", JSONValue(listed)) }
        var document = try await context.document(OutlineMemories(json: arguments)).object ?? [:]
        let memories = document["memories"]?.array ?? []
        document["memories"] = .array(
            memories.map { .object(($0.object ?? [:]).only("key", "type", "domain", "summary", "keywords")) })
        if document["locked"]?.array?.isEmpty == true { document.remove("locked") }
        return .object(document.withoutNull("next"))
    }

    private static let changes: Int64 = 20

    private static let history = AgentTool(
        "memory_history", title: "Memory history",
        "Each change of a memory, oldest first: position, time, actor, what it changed.",
        [
            key, Parameter("limit", optional: whole, "Default \(changes)."),
            Parameter("after", optional: whole, following),
        ], output: ["entries": objects], hints: .reading
    ) { arguments, context in
        var arguments = arguments
        if arguments["limit"] == nil { arguments.append("limit", JSONValue(changes)) }
        return try await whereItIs(arguments, context, lookingBack: true) { arguments in
            let page = try await context.document(ShowHistory(json: arguments))
            return .object((page.object ?? [:]).withoutNull("next"))
        }
    }

    private static let asOf = AgentTool(
        "memory_as_of", title: "Past memory", "Read a memory as it was. Counts no access.",
        [key, Parameter("at", ArgumentType<String>.string, "Position or id of an event, RFC 3339 time, or date.")],
        output: ["key": text, "summary": text], hints: .reading
    ) { arguments, context in
        guard let key = arguments["key"] else { throw OperationArgumentError("key", after: " is missing.") }
        guard arguments["at"] != nil else { throw OperationArgumentError("at", after: " is missing.") }
        guard key.string != nil else { throw OperationArgumentError.wrong("key", expected: "a string", found: key) }
        return try await whereItIs(arguments, context) { arguments in
            var asked = arguments
            asked.remove("key")
            asked.append("keys", .array([arguments["key"] ?? .null]))
            return try await context.document(GetMemories(json: asked))
        }
    }

    /// Does it, and if the place has no such memory, with the migrated one that the whole key means, as the other
    /// tools do.
    private static func whereItIs(
        _ arguments: JSONObject, _ context: MCPContext, lookingBack: Bool = false,
        _ body: (JSONObject) async throws -> JSONValue
    ) async throws -> JSONValue {
        do { return try await body(arguments) } catch let error as MemoryLedgerError where error.code == .notFound {
            let own = MemoryKey(
                namespace: arguments["namespace"]?.string ?? "", key: arguments["key"]?.string ?? "")
            let request = context.caller.request(context.ledger)
            var meant = try await request.migrated(own)
            if meant == nil, lookingBack { meant = try await request.formerlyMigrated(own) }
            guard let meant else { throw error }
            var other = arguments
            other["namespace"] = .string(meant.namespace)
            other["key"] = .string(meant.key)
            let document = try await body(other)
            context.notices.add(elsewhere: meant.namespace)
            return document
        }
    }

    private static let undo = AgentTool(
        "memory_undo", title: "Undo changes",
        "Take back changes of one namespace's memories by new events. Shows the plan; apply does it if nothing conflicts.",
        [
            Parameter(
                "events", optional: ArgumentType<String>.string.list("a list of strings"),
                "Ids or positions from memory_history."),
            Parameter(
                "since", optional: ArgumentType<String>.string,
                "Instead of events: all after this moment, as in memory_as_of."),
            Parameter("apply", optional: ArgumentType<Bool>.boolean, ""),
        ], output: ["changes": objects, "conflicts": objects],
        hints: MCPToolHints(isReadOnly: false, isDestructive: true, isIdempotent: false)
    ) { arguments, context in
        var selection = try await byID(arguments, context)
        let apply = selection["apply"]
        selection.remove("apply")
        switch apply {
        case nil, .bool(false): return try await context.document(PlanUndo(json: selection))
        case .bool(true): return try await carriedOut(selection, context)
        case .some(let other):
            throw OperationArgumentError.wrong("apply", expected: "true or false", found: other)
        }
    }

    /// Never what is broad: an agent that means that names less at a time.
    private static func carriedOut(_ selection: JSONObject, _ context: MCPContext) async throws -> JSONValue {
        do {
            return try await context.document(UndoEvents(json: selection))
        } catch let error as OperationArgumentError where error.argument.hasSameBytes(as: UndoEvents.broadArgument) {
            let plan = try await context.perform(PlanUndo(json: selection))
            throw OperationArgumentError(
                "events", before: "\(UndoEvents.refusal(of: plan)) Name some of them by `",
                after: "`, or a later `since`.")
        }
    }

    /// Events that one call names.
    private static let undone = 100

    /// The arguments with ids for the positions. An event of another namespace is none.
    private static func byID(_ arguments: JSONObject, _ context: MCPContext) async throws -> JSONObject {
        guard let events = arguments["events"]?.array else { return arguments }
        guard (1...undone).contains(events.count) else {
            throw OperationArgumentError("events", after: " has 1 to \(undone) members, not \(events.count).")
        }
        var ids: [JSONValue] = []
        for event in events {
            guard let position = position(event) else {
                ids.append(event)
                continue
            }
            let namespace = arguments["namespace"]?.string
            guard let id = try await id(at: position, namespace, context) else {
                throw OperationArgumentError(
                    "events",
                    after: " names \(position), which is no event of namespace \(EchoedText.of(namespace ?? "")); "
                        + "name that of its memory by `namespace`.")
            }
            ids.append(.string("\(id)"))
        }
        var arguments = arguments
        arguments["events"] = .array(ids)
        return arguments
    }

    private static func id(
        at position: Position, _ namespace: String?, _ context: MCPContext
    ) async throws -> EventID? {
        guard position > 0 else { return nil }
        var one = ListEvents()
        one.namespace = namespace
        one.after = position - 1
        one.limit = 1
        let event = try await context.perform(one).page.events.first
        return event?.position == position ? event?.id : nil
    }

    /// A number, or a text of digits.
    private static func position(_ event: JSONValue) -> Position? {
        if let number = event.number { return number.int64 }
        guard let text = event.string, !text.isEmpty,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Position(text)
    }
}
