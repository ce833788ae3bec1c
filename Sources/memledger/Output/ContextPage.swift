import AgentContext
import EventLog
import MemoryLedger

extension Page {
    private static let barColumns = 24

    /// A bar of tokens: how much of the budget each takes.
    private static func bar(_ tokens: Int, of budget: Int) -> String {
        let columns = min(barColumns, (tokens * barColumns + budget - 1) / max(budget, 1))
        return String(repeating: "█", count: max(columns, 0))
            + String(repeating: "·", count: barColumns - max(columns, 0))
    }

    private static func percent(_ tokens: Int, of budget: Int) -> String { "\(tokens * 100 / max(budget, 1)) %" }

    private static func paint(_ pressure: Pressure) -> Style.Paint {
        switch pressure {
        case .normal: .green
        case .warn: .yellow
        case .flush: .red
        }
    }

    /// A table of what has names.
    mutating func list(_ table: Table, _ none: String, next: String?) {
        self.table(table)
        if table.rows.isEmpty { line(none, .dim) }
        if let next { line("More: add --after \(next)", .dim) }
    }

    mutating func session(_ state: SessionState) {
        line(state.id, .bold)
        fields([
            ("user", state.user), ("role", state.role), ("agent", state.agent ?? ""),
            ("namespace", state.namespace), ("opened", state.openedAt.rfc3339), ("updated", state.updatedAt.rfc3339),
            ("expires", state.expiresAt?.rfc3339 ?? "never"), ("closed", state.closedAt?.rfc3339 ?? ""),
            ("closed for", state.closeReason ?? ""),
            ("messages", "\(state.messages), \(state.messages - state.evictedThrough) of them in the queue"),
            ("evictions", state.evictions > 0 ? String(state.evictions) : ""),
        ])
        line()
        let budget = state.settings.budget
        var table = Table([
            .init("SEGMENT", paint: .cyan), .init("TOKENS", right: true), .init("OF BUDGET", right: true),
            .init("", paint: .dim),
        ])
        for (name, tokens) in [
            ("system", state.tokens.system), ("working", state.tokens.working), ("summary", state.tokens.summary),
            ("queue", state.tokens.queue), ("all", state.tokens.total),
        ] {
            table.add([
                name, Figures.grouped(tokens), Self.percent(tokens, of: budget), Self.bar(tokens, of: budget),
            ])
        }
        self.table(table)
        pressure(state)
    }

    mutating func pressure(_ state: SessionState) {
        let (tokens, budget) = (Figures.grouped(state.tokens.total), Figures.grouped(state.settings.budget))
        let advice =
            switch state.pressure {
            case .normal: ""
            case .warn: "; the context is getting full"
            case .flush: "; evict with `session evict \(state.id) --summary TEXT`"
            }
        line("\(tokens) of \(budget) tokens: \(state.pressure.rawValue)\(advice)", Self.paint(state.pressure))
    }

    mutating func context(_ context: AssembledContext) {
        for segment in context.segments {
            let name = [segment.type.rawValue, segment.role ?? "", segment.name].filter { !$0.isEmpty }
            let tokens = Figures.count(segment.tokens, "token", "tokens")
            line(
                "\(name.joined(separator: " "))  \(Self.bar(segment.tokens, of: context.budget))  \(tokens)", .cyan)
            block(segment.content)
            for call in segment.metadata["tool_calls"]?.array ?? [] { line("  call \(call)", .dim) }
        }
        if context.segments.isEmpty { line("The context is empty.", .dim) }
        let left = context.leftOut > 0 ? ", \(Figures.count(context.leftOut, "message", "messages")) left out" : ""
        line(
            "\(Figures.grouped(context.tokens)) of \(Figures.grouped(context.budget)) tokens at position "
                + "\(context.position)\(left)", .dim)
    }

    mutating func messages(_ messages: [RecalledMessage], _ excerpts: [MarkedText?] = []) {
        for (index, message) in messages.enumerated() {
            let state = message.isInContext ? "" : ", evicted"
            let time = Timestamp(milliseconds: message.at).rfc3339
            line("\(message.number)  \(message.message.role.rawValue)", .bold)
            if index < excerpts.count, let excerpt = excerpts[index], !excerpt.parts.isEmpty {
                marked(excerpt)
            } else {
                block(message.message.content)
            }
            for call in message.message.toolCalls { line("  call \(call)", .dim) }
            let tokens = Figures.count(message.message.tokens ?? 0, "token", "tokens")
            line("  \(time), \(tokens)\(state)", .dim)
        }
        if messages.isEmpty { line("No messages.", .dim) }
    }

    mutating func block(_ state: BlockState) {
        let block = state.block
        line(block.label, .bold)
        if !block.settings.description.isEmpty { line("  " + block.settings.description, .dim) }
        self.block(block.value.text)
        let characters = block.value.text.unicodeScalars.count
        let holders = block.holders.map { holder in
            switch holder {
            case .agent(let name): "agent \(name)"
            case .session(let id): "session \(id)"
            }
        }
        let readOnly = block.settings.isReadOnly ? ", read-only" : ""
        line(
            "  version \(state.version), \(Figures.count(block.value.tokens, "token", "tokens")), "
                + "\(Figures.grouped(characters)) of \(Figures.grouped(block.settings.limit)) characters\(readOnly); "
                + holders.joined(separator: ", "), .dim)
    }

    mutating func passages(_ passages: [StoredPassage], _ excerpts: [MarkedText] = []) {
        for (index, stored) in passages.enumerated() {
            line(stored.id, .bold)
            if index < excerpts.count { marked(excerpts[index]) } else { block(stored.passage.content) }
            let tags = stored.passage.tags.isEmpty ? "" : "; \(stored.passage.tags.joined(separator: ", "))"
            line("  \(stored.createdAt.rfc3339)\(tags)", .dim)
        }
        if passages.isEmpty { line("No passages.", .dim) }
    }

    /// What comes after results.
    mutating func found(total: Int64, shown: Int, next: String?, _ one: String, _ many: String) {
        if total > shown { line("\(Figures.count(total, one, many)) in all.", .dim) }
        if let next { line("More: add --after \(next)", .dim) }
    }

    mutating func index(behind: Position, _ problem: String?) {
        guard behind > 0 else { return }
        let reason = problem.map { ": \($0)" } ?? ""
        line(
            "The index is \(Figures.count(behind, "event", "events")) behind, and what they hold was not looked "
                + "at\(reason).", .yellow)
    }
}
