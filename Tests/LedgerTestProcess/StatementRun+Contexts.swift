import AgentContext
import EventLog
import LedgerOperations
import MemoryLedger
import Synchronization

extension StatementRun {
    /// Sessions, blocks and archives, in every way that they are written and asked for.
    func converse(_ ledger: MemoryLedger) async throws {
        let context = AgentContext(ledger, by: Attribution(actor: "me"))
        try await context.addUser("ann")
        try await context.setRole("helper", prompt: "You help.")
        try await context.setAgent("tea", description: "Knows tea")
        try await context.setAgent("coffee")
        try await context.configure(.budget, 100)
        try await context.configure(.budget, nil)
        var request = SessionRequest(user: "ann", role: "helper")
        request.agent = "tea"
        request.budget = 60
        let session = try await context.open(request).key
        try await fill(context, session)
        try await edit(context, session)
        try await keep(context, session)
        try await propose(context, session)
        try await ask(ledger, context, session)
        try await copyAgent(context)
        let then = try await ledger.asOf(.position(try await (ledger.log as any EventLog).head() - 1))
        try await ask(then, context, session)
        _ = try await context.touch(session, seconds: 60)
        _ = try await context.configure(session) { $0.budget = 200 }
        let closed = try await context.close(session)
        let event = try await (ledger.log as any EventLog).readStream(
            StreamFamily("sessions").stream(closed.namespace, closed.id), direction: .backwards, limit: 1)
        let plan = try await ledger.planUndo(.events(event.events.map(\.id)))
        _ = try await ledger.undo(plan, by: Attribution(actor: "me"))
        try await context.removeRole("helper")
        try await context.removeAgent("coffee")
    }

    private func fill(_ context: AgentContext, _ session: MemoryKey) async throws {
        for number in 1...6 {
            _ = try await context.append(SessionMessage(.user, "Tea number \(number)", tokens: 12), to: session)
        }
        var call = SessionMessage(.assistant, "", tokens: 1)
        call.toolCalls = [["id": "c1", "name": "brew"]]
        _ = try await context.append(call, to: session)
        var result = SessionMessage(.tool, "done", tokens: 1)
        result.toolCallID = "c1"
        _ = try await context.append(result, to: session)
        _ = try await context.evict(session, summary: "They spoke of tea.", tokens: 4)
    }

    private func edit(_ context: AgentContext, _ session: MemoryKey) async throws {
        let human = BlockReference("human", of: .session(session.key))
        _ = try await context.change(human, .set("Likes tea."))
        _ = try await context.change(human, .append("Lives in Bonn."))
        _ = try await context.change(human, .undo)
        _ = try await context.change(human, .redo)
        _ = try await context.change(human, .restore(version: 1))
        _ = try await context.configure(human, description: "Of the user")
        _ = try await context.share(human, with: .agent("coffee"))
        try await context.unshare(BlockReference("human", of: .agent("coffee")))
        let user = try await context.rename(human, to: "user")
        try await context.delete(BlockReference(user.block.label, of: .session(session.key)))
        _ = try await context.change(human, .set("Likes tea."))
        _ = try await context.change(human, .append("Lives in Bonn."))
    }

    private func keep(_ context: AgentContext, _ session: MemoryKey) async throws {
        for text in ["Sencha is steamed.", "Oolong is half oxidised.", "Pu-erh is aged."] {
            var passage = NewPassage(text)
            passage.tags = ["tea"]
            passage.session = session.key
            let inserted = try await context.insert(passage, into: "teas")
            if text.hasPrefix("Pu") { try await context.delete(passage: inserted.passage.id, from: "teas") }
        }
    }

    private func propose(_ context: AgentContext, _ session: MemoryKey) async throws {
        let ledger = context.ledger
        let key = MemoryKey(key: "proposed in \(session.key)")
        _ = try await ledger.add(key, MemoryContent(summary: "Tea"), by: context.attribution)
        for name in ["accepted", "rejected"] {
            var new = NewProposal("\(name) in \(session.key)")
            new.session = session.key
            new.base = try await (ledger.log as any EventLog).head()
            new.reads = try await [key.key, ledger.blocks(of: .session(session.key), in: session.namespace)[0].id]
            new.reads.append(try await ledger.passages(PassageQuery("teas")).passages[0].id)
            new.changes = [
                ProposedChange("memory.update") {
                    _ = try await $0.update(
                        key, MemoryChange(summary: name), from: Provenance(derivedFrom: [MemoryKey(key: "tea")]),
                        by: context.attribution)
                }
            ]
            let made = try await context.propose(new)
            new.changes = [
                ProposedChange("block.append") { ledger in
                    let human = BlockReference("human", of: .session(session.key))
                    _ = try await AgentContext(ledger, by: context.attribution).change(human, .append(name))
                }
            ]
            _ = try await context.extend(new)
            _ = try await context.differences(of: made)
            _ = try await context.conflicts(of: made)
            if name == "accepted" {
                _ = try await context.accept(made.key)
            } else {
                _ = try await context.reject(made.key, reason: "No.")
            }
        }
        try await context.demandProposals(of: "dreamer")
        try await context.demandProposals(of: "dreamer", false)
    }

    /// Exported, and imported under another name.
    private func copyAgent(_ context: AgentContext) async throws {
        let file = Mutex<[UInt8]>([])
        try await context.ledger.exportAgent("tea") { bytes in file.withLock { $0 += bytes } }
        try await context.importAgent(
            file.withLock { $0 }, as: "tea of \(try await (context.ledger.log as any EventLog).head())")
    }

    private func ask(_ reading: some MemoryReading, _ context: AgentContext, _ session: MemoryKey) async throws {
        _ = try await reading.session(session)
        var filter = SessionFilter(namespace: session.namespace)
        _ = try await reading.sessions(filter)
        (filter.user, filter.role, filter.agent, filter.onlyOpen) = ("ann", "helper", "tea", true)
        _ = try await reading.sessions(filter)
        _ = try await reading.users(in: session.namespace)
        _ = try await reading.roles(in: session.namespace)
        _ = try await reading.agents(in: session.namespace)
        _ = try await reading.archives(in: session.namespace)
        _ = try await reading.configuration()
        _ = try await reading.proposals()
        _ = try await reading.proposals(.open)
        _ = try await reading.proposalDemands()
        _ = try await context.context(of: session, in: reading)
        _ = try await reading.blocks(of: .session(session.key), in: session.namespace)
        _ = try await reading.history(of: BlockReference("human", of: .session(session.key)))
        _ = try await reading.messages(around: 3, of: session, count: 2)
        for var query in [RecallQuery(of: session), RecallQuery(user: "ann", in: session.namespace)] {
            _ = try await reading.messages(query)
            _ = try await reading.searchMessages("tea", query)
            (query.roles, query.after) = ([.user], 1_000_000)
            (query.from, query.to) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 4_000_000_000_000))
            _ = try await reading.messages(query)
            query.isOldestFirst = true
            query.after = 1
            _ = try await reading.messages(query)
        }
        try await count(reading, session)
        var passages = PassageQuery("teas", in: session.namespace)
        _ = try await reading.passages(passages)
        _ = try await reading.searchPassages("steamed", passages)
        (passages.anyTags, passages.allTags) = (["tea"], ["tea"])
        _ = try await reading.passages(passages)
        (passages.from, passages.to) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 4_000_000_000_000))
        _ = try await reading.passages(passages)
    }

    private func count(_ reading: some MemoryReading, _ session: MemoryKey) async throws {
        let groupings: [TimelineQuery.Grouping?] = [nil, .user, .session, .namespace, .type]
        for grouping in groupings {
            var query = TimelineQuery(.messages, by: grouping, in: session.namespace)
            _ = try await reading.timeline(query)
            query.user = "ann"
            _ = try await reading.timeline(query)
            query.session = session.key
            _ = try await reading.timeline(query)
            (query.user, query.measure) = (nil, .events)
            _ = try await reading.timeline(query)
            (query.user, query.session, query.measure) = ("ann", nil, .memories)
            _ = try await reading.timeline(query)
            _ = try await reading.timeline(TimelineQuery(.memories))
        }
    }

    /// Sessions of a namespace that is protected, one of whose users is erased.
    func forgetContexts(_ ledger: MemoryLedger) async throws {
        let me = Attribution(actor: "me")
        let context = AgentContext(ledger, by: me)
        try await context.setRole("helper", prompt: "You help.", in: "people")
        try await context.setAgent("tea", in: "people")
        let session = try await context.open(SessionRequest(namespace: "people", user: "fay", role: "helper"))
        var request = SessionRequest(namespace: "people", user: "fay", role: "helper")
        request.agent = "tea"
        _ = try await context.open(request)
        _ = try await context.append(SessionMessage(.user, "Tea"), to: session.key)
        let human = BlockReference("human", of: .session(session.id), in: "people")
        _ = try await context.change(human, .set("Likes tea."))
        _ = try await context.share(human, with: .agent("tea"))
        try await context.unshare(BlockReference("human", of: .agent("tea"), in: "people"))
        var passage = NewPassage("Sencha is steamed.")
        passage.session = session.id
        _ = try await context.insert(passage, into: "teas", in: "people")
        var proposal = NewProposal("p", in: "people")
        proposal.session = session.id
        _ = try await context.propose(proposal)
        let other = try await context.open(SessionRequest(namespace: "people", user: "gus", role: "helper"))
        let shared = BlockReference("notes", of: .agent("tea"), in: "people")
        _ = try await context.change(shared, .set("Of all."), for: "gus")
        _ = try await context.share(human, with: .session(other.id))
        _ = try await context.change(shared, .append("Of fay."), for: "fay")
        _ = try await ledger.erase(.user("fay"), includingDerived: true, reason: "asked for", by: me)
    }
}
