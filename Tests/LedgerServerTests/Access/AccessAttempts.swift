import MemoryLedger
import Testing

/// Arguments with which someone in `AccessWorld.mine` could reach `AccessWorld.theirs`.
struct AccessAttempts {
    struct Call {
        var arguments: JSONObject
        /// What the answer may repeat.
        var echo: String?
        /// The tool that gave the cursor that it has.
        var cursorOf: String?
    }

    private let arguments: [String: Set<String>]
    private let attempts: [JSONObject]
    /// Cursors that others were given, by the tools that gave them.
    private let cursors: [(tool: String, cursor: JSONValue)]
    private let session: JSONValue

    /// What tools that have pages need beside a cursor.
    static let paged: [String: JSONObject] = [
        "memory_list": ["limit": 1], "ledger_memory_list": ["limit": 1], "event_list": ["limit": 1],
        "memory_diff": ["from": "0", "limit": 1], "graph_orphans": ["limit": 1], "graph_dangling": ["limit": 1],
        "memory_history": ["key": .string(AccessWorld.shared), "limit": 1],
        "ledger_memory_history": ["key": .string(AccessWorld.shared), "limit": 1],
    ]

    /// Asks as one who may for the cursors.
    init(_ test: AccessServer) async throws {
        arguments = test.arguments
        session = .string(try test.place(AccessWorld.theirs).session)
        let insider = try #require(test.world.callers.first { $0.namespaces == [AccessWorld.theirs] })
        let connection = try await test.connect()
        var cursors: [(String, JSONValue)] = []
        for (tool, needed) in Self.paged.sorted(by: { $0.key < $1.key }) {
            var call = needed
            call.append("namespace", .string(AccessWorld.theirs))
            let answer = try await test.call(tool, call, insider, connection)
            let next = try JSONValue(parsing: answer.text)["result"]?["structuredContent"]?["next"]
            cursors.append((tool, try #require(next, "\(tool): \(answer)")))
        }
        self.cursors = cursors
        attempts = Self.keys() + Self.events(test.world) + Self.contexts(test.world)
    }

    private static func keys() -> [JSONObject] {
        let keys = [
            "\(AccessWorld.theirs):\(AccessWorld.shared)", "/\(AccessWorld.theirs)/\(AccessWorld.shared)",
            "\(AccessWorld.theirs)/\(AccessWorld.shared)", AccessWorld.migrated,
            "/\(AccessWorld.theirs)/\(AccessWorld.migrated)", "linker", "derived", AccessWorld.shared,
        ]
        let value: JSONValue = ["summary": "s", "text": "t"]
        return keys.flatMap { key -> [JSONObject] in
            let name = JSONValue.string(key)
            return [
                ["key": name], ["keys": [name]], ["key": name, "at": "12"], ["keys": [name], "at": "12"],
                ["keys": [name], "include_quarantined": true], ["key": name, "reads": true],
                ["key": name, "from": "0"], ["keys": [name], "count": false], ["key": name, "text": "changed"],
                ["key": name, "value": value], ["key": name, "value": ["text": "changed"]],
                ["key": .string("from \(key)"), "derived_from": [name]],
                ["key": .string("into \(key)"), "summary": "s", "derived_from": [name], "trust": 100],
                ["from": "linker", "to": name, "type": "bug", "term": "t"],
                ["from": name, "to": "x", "type": "bug", "term": "t"], ["from": name, "to": "other"],
                ["old_key": name, "new_key": .string("moved \(key)")],
            ]
        }
    }

    private static func contexts(_ world: AccessWorld) -> [JSONObject] {
        let session = JSONValue.string(world.contexts[AccessWorld.theirs] ?? "")
        let named: [JSONObject] = [
            ["session": session], ["session": session, "query": .string(AccessWorld.mark)],
            ["session": session, "label": "human"], ["session": session, "around": 1],
            ["session": session, "message": 1], ["session": session, "include": [.string(AccessWorld.shared)]],
            ["session": session, "role": "user", "content": "s"],
            ["session": session, "label": "human", "value": "s"], ["session": session, "label": "human", "with": "x"],
            ["user": "reader"], ["user": "reader", "query": .string(AccessWorld.mark)], ["role": "helper"],
            ["agent": "x", "label": "human"], ["archive": "notes"],
            ["archive": "notes", "query": .string(AccessWorld.mark)],
            ["archive": "notes", "content": "s", "session": session],
        ]
        return named + named.map { JSONObject($0.members + [.init(name: "at", value: "12")]) }
    }

    private static func events(_ world: AccessWorld) -> [JSONObject] {
        let named = (world.events[AccessWorld.theirs] ?? []).flatMap { event -> [JSONObject] in
            let (id, position) = (JSONValue.string(event.id), JSONValue.string("\(event.position)"))
            return [id, position].flatMap { event -> [JSONObject] in
                [
                    ["events": [event]], ["events": [event], "apply": true],
                    ["events": [event], "partial": true, "all": true], ["key": "shared", "at": event],
                    ["keys": ["shared"], "at": event], ["from": event],
                ]
            }
        }
        let correlation = JSONValue.string(AccessWorld.correlation)
        return named + [
            [:], ["since": "0"], ["since": "0", "until": "9"], ["correlation": correlation], ["actor": "owner"],
            ["from": "0"], ["from": "0", "statistics": true], ["stream": "beta/shared"], ["stream": "beta/*"],
            ["stream": "*"], ["stream": "b"], ["stream": "beta/shared", "namespace": "alpha"], ["stream": ""],
            ["reads": true], ["types": ["MemoryAdded"]], ["types": ["LegacyRowImported"]], ["reverse": true],
            ["limit": 1_000], ["quarantined": true], ["namespace": "alph%61"], ["namespace": "beta/"],
            ["namespace": "alpha\u{0}beta"], ["namespace": ""], ["correlation": correlation, "apply": true],
            ["correlation": correlation, "partial": true, "all": true], ["actor": "owner", "all": true],
            ["since": "0", "apply": true], ["since": "0", "partial": true, "all": true],
        ]
    }

    /// Those that the tool takes: as they are, in the other namespace, and in a session there.
    func calls(of tool: String) -> [Call] {
        let known = arguments[tool] ?? []
        var calls: [Call] = []
        func add(_ call: Call) {
            calls.append(call)
            guard call.arguments["namespace"] == nil else { return }
            for (name, value) in [("namespace", .string(AccessWorld.theirs)), ("session", session)]
            where known.contains(name) {
                var other = call
                other.arguments.append(name, value)
                calls.append(other)
            }
        }
        for attempt in attempts where attempt.members.allSatisfy({ known.contains($0.name) }) {
            add(Call(arguments: attempt))
        }
        guard known.contains("after") else { return calls }
        for (giver, cursor) in cursors {
            var attempt = Self.paged[tool] ?? [:]
            attempt.append("after", cursor)
            add(Call(arguments: attempt, echo: cursor.string, cursorOf: giver))
            guard known.contains("namespace") else { continue }
            attempt.append("namespace", .string(AccessWorld.mine))
            add(Call(arguments: attempt, echo: cursor.string, cursorOf: giver))
        }
        return calls
    }
}
