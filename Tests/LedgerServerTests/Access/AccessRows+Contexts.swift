import AgentContext
import EventLog
import MemoryLedger

extension AccessRows {
    private static let mark = JSONValue.string(AccessWorld.mark)

    /// The operations on contexts, in the context that each namespace has. Those that would end it are asked of one
    /// that is not there.
    static let ofContexts: [String: Arguments] = [
        "user.add": { ["namespace": $0.name, "user": $0.freeKey] },
        "user.list": { ["namespace": $0.name] },
        "role.set": { ["namespace": $0.name, "role": $0.freeKey, "system_prompt": "s"] },
        "role.show": { ["namespace": $0.name, "role": "helper"] },
        "role.list": { ["namespace": $0.name] },
        "role.remove": { ["namespace": $0.name, "role": "none"] },
        "agent.set": { ["namespace": $0.name, "agent": $0.freeKey] },
        "agent.list": { ["namespace": $0.name] },
        "agent.remove": { ["namespace": $0.name, "agent": "none"] },
        "session.open": { ["namespace": $0.name, "user": "reader", "role": "spare"] },
        "session.show": { ["namespace": $0.name, "session": $0.context] },
        "session.list": { ["namespace": $0.name] },
        "session.touch": { ["namespace": $0.name, "session": $0.context, "lifetime_seconds": 0] },
        "session.configure": { ["namespace": $0.name, "session": $0.context, "warn_percent": 60] },
        "session.close": { ["namespace": $0.name, "session": "none"] },
        "session.evict": { ["namespace": $0.name, "session": "none", "summary": "s"] },
        "message.append": { ["namespace": $0.name, "session": $0.context, "role": "user", "content": "s"] },
        "message.list": { ["namespace": $0.name, "session": $0.context, "limit": 1_000] },
        "message.search": { ["namespace": $0.name, "session": $0.context, "query": mark] },
        "context.assemble": { ["namespace": $0.name, "session": $0.context] },
        "context.timeline": { ["namespace": $0.name, "by": "session", "measure": "messages"] },
        "block.set": { ["namespace": $0.name, "session": $0.context, "label": $0.freeKey, "value": "s"] },
        "block.append": { ["namespace": $0.name, "session": $0.context, "label": "none", "value": "s"] },
        "block.replace": {
            ["namespace": $0.name, "session": $0.context, "label": "none", "old": "a", "new": "b"]
        },
        "block.insert": {
            ["namespace": $0.name, "session": $0.context, "label": "none", "value": "s", "line": 1]
        },
        "block.undo": { ["namespace": $0.name, "session": $0.context, "label": "none"] },
        "block.redo": { ["namespace": $0.name, "session": $0.context, "label": "none"] },
        "block.restore": { ["namespace": $0.name, "session": $0.context, "label": "none", "version": 1] },
        "block.configure": { ["namespace": $0.name, "session": $0.context, "label": "human", "limit": 4_000] },
        "block.rename": { ["namespace": $0.name, "session": $0.context, "label": "none", "new_label": "x"] },
        "block.share": { ["namespace": $0.name, "session": $0.context, "label": "human", "with": "another"] },
        "block.unshare": { ["namespace": $0.name, "session": $0.context, "label": "none"] },
        "block.delete": { ["namespace": $0.name, "session": $0.context, "label": "none"] },
        "block.show": { ["namespace": $0.name, "session": $0.context, "label": "human"] },
        "block.list": { ["namespace": $0.name, "session": $0.context] },
        "block.history": { ["namespace": $0.name, "session": $0.context, "label": "human"] },
        "archive.insert": { ["namespace": $0.name, "archive": "spare", "content": $0.freeKey] },
        "archive.list": { ["namespace": $0.name, "archive": "notes"] },
        "archive.search": { ["namespace": $0.name, "archive": "notes", "query": mark] },
        "archive.delete": { ["namespace": $0.name, "archive": "notes", "passage": "none"] },
        "archive.names": { ["namespace": $0.name] },
        "proposal.create": {
            [
                "namespace": $0.name, "proposal": $0.freeKey,
                "changes": [["operation": "memory.add", "arguments": ["key": $0.freeKey, "summary": "s"]]],
            ]
        },
        "proposal.extend": { ["namespace": $0.name, "proposal": "none", "read": ["x"]] },
        "proposal.show": { ["namespace": $0.name, "proposal": "draft"] },
        "proposal.list": { ["namespace": $0.name] },
        "proposal.accept": { ["namespace": $0.name, "proposal": "none"] },
        "proposal.reject": { ["namespace": $0.name, "proposal": "none", "reason": "r"] },
        "proposal.demand": { ["namespace": $0.name, "actor": $0.freeKey] },
        "proposal.demands": { ["namespace": $0.name] },
    ]

    /// Those that show the mark.
    static let showingOfContexts: Set<String> = [
        "role.show", "role.list", "message.list", "message.search", "context.assemble", "block.configure", "block.show",
        "block.list", "block.history", "block.share", "archive.list", "archive.search", "proposal.show",
        "proposal.list",
    ]

    static let ofConfiguration: [String: JSONObject] = [
        "configuration.list": [:], "configuration.set": ["name": "session.budget", "value": 4_096],
    ]
}

extension AccessWorld {
    /// A session in each namespace, whose texts hold the mark in `theirs`.
    ///
    /// - Returns: their ids, by namespace.
    static func converse(in ledger: MemoryLedger) async throws -> [String: String] {
        let context = AgentContext(ledger, by: Attribution(actor: "owner"))
        var sessions: [String: String] = [:]
        for place in [mine, theirs] {
            let text = place == theirs ? mark : "plain"
            try await context.setRole("helper", prompt: text, in: place)
            let session = try await context.open(SessionRequest(namespace: place, user: "reader", role: "helper"))
            sessions[place] = session.id
            _ = try await context.append(SessionMessage(.user, text), to: session.key)
            _ = try await context.change(BlockReference("human", of: .session(session.id), in: place), .set(text))
            _ = try await context.insert(NewPassage(text), into: "notes", in: place)
            var draft = NewProposal("draft", in: place)
            draft.description = text
            _ = try await context.propose(draft)
        }
        return sessions
    }
}
