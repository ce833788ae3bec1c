import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Testing

@Suite struct ProposalTests {
    private static let tea = MemoryKey(key: "tea")

    private func head(_ ledger: MemoryLedger) async throws -> Position {
        try await (ledger.log as any EventLog).head()
    }

    private func proposal(
        _ name: String, reads: [String] = [], _ changes: [RequestedChange], in ledger: MemoryLedger,
        by actor: String = "dreamer"
    ) async throws -> ProposalDocument {
        var create = CreateProposal(name)
        (create.reads, create.changes) = (reads, changes)
        return try await create.run(in: OperationRequest(ledger, by: Attribution(actor: actor)))
    }

    /// Goal: nothing but the draft is appended, acceptance appends all at once, and who did what is told.
    @Test(arguments: ContextLedger.Backend.allCases)
    func allIsDoneAtOnce(_ backend: ContextLedger.Backend) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open(backend)
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let human = BlockReference("human", of: .agent("tea"))
        let context = folder.context(ledger)
        let block = try await context.change(human, .set("Likes coffee."))
        let before = try await head(ledger)
        let drafted = try await proposal(
            "tidy", reads: [block.id],
            [
                RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"]),
                RequestedChange("memory_add", ["key": "mate", "summary": "New"]),
                RequestedChange("block.append", ["agent": "tea", "label": "human", "value": "And tea."]),
                RequestedChange("archive.insert", ["archive": "teas", "content": "Sencha is steamed."]),
            ], in: ledger)
        #expect(try await head(ledger) == before + 1)
        #expect(try await ledger.get(Self.tea)?.content.summary == "Likes tea")
        #expect(drafted.differences.count == 4 && drafted.conflicts.isEmpty)
        #expect(drafted.proposal.draft.base == before)
        // Reads that count are no change.
        _ = try await ledger.access(Self.tea)
        try await ledger.flushReads()
        let accepted = try await folder.context(ledger, by: "ada").accept(drafted.proposal.key)
        #expect(accepted.positions.count == 4)
        #expect(try await ledger.get(Self.tea)?.content.summary == "Sencha")
        #expect(try await ledger.block(human).block.value.text == "Likes coffee.\nAnd tea.")
        #expect(try await ledger.passages(PassageQuery("teas")).total == 1)
        let first = try await (ledger.log as any EventLog).event(at: accepted.positions[0])
        let event = try #require(first)
        #expect(event.attribution.actor == "dreamer")
        let cause = try await (ledger.log as any EventLog).event(at: accepted.positions[0] - 1)
        #expect(cause?.type == "ProposalAccepted" && cause?.attribution.actor == "ada")
        #expect(event.attribution.causationID == cause?.id.description)
        let ruled = try await ledger.proposal(drafted.proposal.key)
        #expect(ruled.status == .accepted && ruled.proposer == "dreamer" && ruled.ruling?.by == "ada")
        #expect(await failure { try await context.accept(ruled.key) }?.code == .proposalIsRuled)
        #expect(await failure { try await context.reject(ruled.key, reason: "no") }?.code == .proposalIsRuled)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }

    /// What a proposal read or changes is changed by another one; then it names what, and appends nothing.
    @Test(arguments: ["memory", "memory read", "block", "block renamed", "passage", "absent", "deleted"])
    func whatHasChangedIsNamed(_ what: String) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let human = BlockReference("human", of: .agent("tea"))
        let block = try await context.change(human, .set("Likes coffee."))
        let passage = try await context.insert(NewPassage("Sencha is steamed."), into: "teas")
        let update = RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"])
        let other = RequestedChange("memory.add", ["key": "mate", "summary": "New"])
        let (reads, changes): ([String], [RequestedChange]) =
            switch what {
            case "memory", "deleted": ([], [update])
            case "memory read": (["tea"], [other])
            case "block", "block renamed": ([block.id], [other])
            case "passage": ([passage.passage.id], [other])
            default: ([], [other])
            }
        let key = try await proposal("p", reads: reads, changes, in: ledger).proposal.key
        let bob = Attribution(actor: "bob")
        switch what {
        case "memory", "memory read":
            try await ledger.update(Self.tea, MemoryChange(summary: "Oolong"), by: bob)
        case "deleted": try await ledger.delete(Self.tea, by: bob)
        case "block": _ = try await folder.context(ledger, by: "bob").change(human, .append("x"))
        case "block renamed": _ = try await folder.context(ledger, by: "bob").rename(human, to: "user")
        case "passage":
            try await folder.context(ledger, by: "bob").delete(passage: passage.passage.id, from: "teas")
        default: try await ledger.add(MemoryKey(key: "mate"), MemoryContent(summary: "Mine"), by: bob)
        }
        let before = try await head(ledger)
        let error = try #require(await failure { try await context.accept(key) })
        #expect(error.code == .proposalConflict)
        let conflicts = try #require(error.details["conflicts"]?.array)
        #expect(conflicts.count == 1 && conflicts[0]["changed_by"] == "bob")
        #expect(try await head(ledger) == before)
        let shown = try await context.conflicts(of: ledger.proposal(key))
        #expect(shown.count == 1 && shown[0].by == "bob")
        #expect(try await context.reject(key, reason: "Others were faster.").status == .rejected)
        #expect(try await context.conflicts(of: ledger.proposal(key)).isEmpty)
        await ledger.close()
    }

    /// What was read before a proposal is made is named by its position.
    @Test func aBaseIsHeldTo() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let base = try await head(ledger)
        var create = CreateProposal("p")
        create.base = base
        create.changes = [RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"])]
        let request = OperationRequest(ledger, by: folder.ann)
        let made = try await create.run(in: request)
        #expect(made.proposal.draft.base == base)
        try await ledger.update(Self.tea, MemoryChange(summary: "Oolong"), by: Attribution(actor: "bob"))
        create.proposal = "late"
        let error = await failure { [create] in try await create.run(in: request) }
        #expect(error?.code == .proposalConflict)
        #expect(error?.details["conflicts"]?.array?.first?["expected"] == 1)
        #expect(await failure { try await ledger.proposal(MemoryKey(key: "late")) }?.code == .noProposal)
        await ledger.close()
    }

    /// Parts that are added later, and what cannot be a part.
    @Test func aProposalIsExtended() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let request = OperationRequest(ledger, by: Attribution(actor: "dreamer"))
        let update = RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"])
        let made = try await proposal("p", [update], in: ledger)
        var more = ExtendProposal("p")
        more.changes = [RequestedChange("memory.add", ["key": "mate", "summary": "New"])]
        let extended = try await more.run(in: request)
        #expect(extended.proposal.draft.changes.map(\.operation) == ["memory.update", "memory.add"])
        more.changes = [RequestedChange("memory.delete", ["key": "tea"])]
        let overlap = await failure { [more] in try await more.run(in: request) }
        #expect(overlap?.code == .proposalOverlaps)
        #expect(await failure { try await proposal("p", [update], in: ledger) }?.code == .proposalExists)
        _ = try await folder.context(ledger).change(BlockReference("human", of: .agent("a")), .set("x"))
        for change in [
            RequestedChange("session.open", ["user": "u", "role": "r"]), RequestedChange("none", [:]),
            RequestedChange("block.set", ["agent": "a", "label": "human", "value": "x"]),
            RequestedChange("memory.add", ["key": "x", "summary": "s", "namespace": "other"]),
            RequestedChange("memory.add", ["no": "such"]),
        ] {
            let error = await failure { try await proposal("q", [change], in: ledger) }
            #expect(error?.code == .notProposable, "\(change)")
        }
        #expect(
            await failure { try await proposal("q", reads: ["none"], [update], in: ledger) }?.code == .notProposable)
        let byAnother = await failure { [more] in try await more.run(in: OperationRequest(ledger, by: folder.ann)) }
        #expect(byAnother?.code == .proposalOfAnother)
        // What was shown is what is accepted.
        #expect(extended.proposal.version == 2)
        #expect(
            await failure { try await folder.context(ledger).accept(made.proposal.key, expecting: 1) }?.code
                == .proposalConflict)
        #expect(try await folder.context(ledger).accept(made.proposal.key, expecting: 2).positions.count == 2)
        let empty = try await proposal("empty", [], in: ledger).proposal.key
        #expect(await failure { try await folder.context(ledger).accept(empty) }?.code == .notProposable)
        await ledger.close()
    }

    /// Of two commands in one operation each would be decided on without the other, so neither is drafted.
    @Test func oneCommandIsDrafted() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        var two = NewProposal("two")
        two.changes = [
            ProposedChange("two") { ledger in
                for key in ["x", "y"] {
                    _ = try? await ledger.add(MemoryKey(key: key), MemoryContent(summary: key), by: folder.ann)
                }
            }
        ]
        do {
            _ = try await folder.context(ledger).propose(two)
            Issue.record("Two commands were drafted as one.")
        } catch let error as MemoryLedgerError {
            #expect(error.code == .invalidArgument)
        }
        #expect(try await head(ledger) == 0)
        await ledger.close()
    }

    /// Each operation that can be proposed appends nothing but the draft, and does when it is accepted what it says;
    /// none reads anything that would have to be written down.
    @Test(arguments: [false, true])
    func eachOperationCanBeProposed(_ audits: Bool) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open {
            $0.auditReads = audits
            $0.readCounting = .batched(reads: 1_000, milliseconds: 600_000)
        }
        let context = folder.context(ledger)
        let block = BlockReference("human", of: .agent("a"))
        let arguments: [String: JSONObject] = [
            "memory.add": ["key": "new", "summary": "s"], "memory.put": ["key": "put", "summary": "s"],
            "memory.update": ["key": "updated", "summary": "t"], "memory.delete": ["key": "deleted"],
            "memory.rename": ["old_key": "renamed", "new_key": "renamed-2"],
            "memory.link": ["from": "linked", "to": "updated", "type": "design"],
            "memory.unlink": ["from": "unlinked", "to": "updated"],
            "block.set": ["agent": "a", "label": "human", "value": "set"],
            "block.append": ["agent": "a", "label": "human", "value": "more"],
            "block.replace": ["agent": "a", "label": "human", "old": "two", "new": "three"],
            "block.insert": ["agent": "a", "label": "human", "value": "first", "line": 1],
            "block.undo": ["agent": "a", "label": "human"], "block.redo": ["agent": "a", "label": "redone"],
            "block.restore": ["agent": "a", "label": "human", "version": 1],
            "block.configure": ["agent": "a", "label": "human", "limit": 100],
            "block.rename": ["agent": "a", "label": "human", "new_label": "renamed"],
            "block.share": ["agent": "a", "label": "redone", "with": "b"],
            "block.unshare": ["agent": "b", "label": "shared"], "block.delete": ["agent": "a", "label": "human"],
            "archive.insert": ["archive": "x", "content": "a passage"],
            "archive.delete": ["archive": "x", "passage": "PASSAGE"],
        ]
        for key in ["updated", "deleted", "renamed", "linked", "unlinked"] {
            try await ledger.add(MemoryKey(key: key), MemoryContent(summary: "s"), by: folder.ann)
        }
        try await ledger.link(
            MemoryKey(key: "unlinked"), MemoryLink(type: "design", key: "updated", term: ""), by: folder.ann)
        let redone = BlockReference("redone", of: .agent("a"))
        for text in ["one", "two"] { _ = try await context.change(redone, .set(text)) }
        _ = try await context.change(redone, .undo)
        let shared = BlockReference("shared", of: .agent("c"))
        _ = try await context.change(shared, .set("one"))
        _ = try await context.share(shared, with: .agent("b"))
        let passage = try await context.insert(NewPassage("old"), into: "x").passage.id
        #expect(Set(RequestedChange.operations.map { $0.name }) == Set(arguments.keys))
        for operation in RequestedChange.operations {
            // What came of the one before is not what the next one wants.
            if try await ledger.blocks(of: .agent("a"), in: "mem").allSatisfy({ $0.block.label != "human" }) {
                _ = try await context.change(block, .set("one"))
            }
            _ = try await context.change(block, .set("one"))
            _ = try await context.change(block, .set("one\ntwo"))
            let given = JSONObject(
                (arguments[operation.name] ?? [:]).members.map { member in
                    JSONObject.Member(
                        name: member.name, value: member.value == "PASSAGE" ? .string(passage) : member.value)
                })
            let before = try await head(ledger)
            let digest = try await ledger.digest().tables["memories"]
            let key = try await proposal(operation.name, [RequestedChange(operation.name, given)], in: ledger)
                .proposal.key
            #expect(try await head(ledger) == before + 1, "\(operation.name)")
            #expect(try await ledger.digest().tables["memories"] == digest)
            let accepted = try await context.accept(key)
            #expect(!accepted.positions.isEmpty, "\(operation.name)")
        }
        #expect(try await ledger.get(MemoryKey(key: "renamed-2")) != nil)
        #expect(try await ledger.get(MemoryKey(key: "deleted")) == nil)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }

    /// Two blocks are never called alike in one context, whatever was proposed before.
    @Test func aLabelThatWasTakenIsRefused() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        _ = try await context.change(BlockReference("human", of: .agent("a")), .set("x"))
        let rename = RequestedChange("block.rename", ["agent": "a", "label": "human", "new_label": "user"])
        let key = try await proposal("p", [rename], in: ledger).proposal.key
        _ = try await context.change(BlockReference("user", of: .agent("a")), .set("y"))
        #expect(await failure { try await context.accept(key) }?.code == .blockExists)
        try await context.delete(BlockReference("user", of: .agent("a")))
        #expect(try await context.accept(key).positions.count == 1)
        await ledger.close()
    }

    /// Goal: no change of an actor of whom proposals are demanded lands in another way, from whichever process.
    @Test(arguments: ContextLedger.Backend.allCases)
    func demandsHold(_ backend: ContextLedger.Backend) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open(backend)
        let dreamer = Attribution(actor: "dreamer")
        let context = folder.context(ledger, by: "dreamer")
        // Before, so that it is known not to be demanded.
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: dreamer)
        let block = BlockReference("human", of: .agent("a"))
        _ = try await context.change(block, .set("x"))
        let other = backend == .file ? try await folder.open() : ledger
        #expect(try await folder.context(other).demandProposals(of: "dreamer"))
        #expect(try await folder.context(other).demandProposals(of: "dreamer") == false)
        let before = try await head(ledger)
        let attempts: [@Sendable () async throws -> Void] = [
            { try await ledger.update(Self.tea, MemoryChange(summary: "Sencha"), by: dreamer) },
            { try await ledger.add(MemoryKey(key: "new"), MemoryContent(summary: "s"), by: dreamer) },
            { _ = try await context.change(block, .append("y")) },
            { _ = try await context.insert(NewPassage("p"), into: "a") },
            {
                let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "dreamer", since: .position(0))))
                _ = try await ledger.undo(plan, by: dreamer)
            },
        ]
        for attempt in attempts {
            #expect(await failure(attempt)?.code == .proposalDemanded)
        }
        #expect(try await head(ledger) == before)
        // Others may, and so may they elsewhere; messages are no changes.
        try await ledger.update(Self.tea, MemoryChange(summary: "Oolong"), by: folder.ann)
        try await ledger.add(
            MemoryKey(namespace: "other", key: "tea"), MemoryContent(summary: "s"), by: dreamer)
        let session = try await context.open(SessionRequest(user: "eve", role: "helper"))
        _ = try await context.append(SessionMessage(.user, "Hello"), to: session.key)
        let update = RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"])
        let key = try await proposal("p", [update], in: ledger).proposal.key
        #expect(await failure { try await context.accept(key) }?.code == .proposalDemanded)
        _ = try await folder.context(ledger).accept(key)
        #expect(try await ledger.get(Self.tea)?.content.summary == "Sencha")
        #expect(try await ledger.proposalDemands().entries.map(\.actor) == ["dreamer"])
        #expect(try await folder.context(other).demandProposals(of: "dreamer", false))
        try await ledger.update(Self.tea, MemoryChange(summary: "Mate"), by: dreamer)
        if backend == .file { await other.close() }
        await ledger.close()
    }

    /// What is demanded of an actor, that actor cannot take back, nor does another ledger's export.
    @Test func aDemandIsNotUndone() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        _ = try await folder.context(ledger).demandProposals(of: "dreamer")
        let demand = try await (ledger.log as any EventLog).read(EventQuery(limit: 10)).events.first {
            $0.type == "ProposalsDemanded"
        }
        let id = try #require(demand?.id)
        do {
            let plan = try await ledger.planUndo(.events([id]))
            _ = try await ledger.undo(plan, by: Attribution(actor: "dreamer"))
            Issue.record("The demand was undone.")
        } catch let error as MemoryLedgerError {
            #expect(error.code == .cannotUndo)
        }
        #expect(try await ledger.proposalDemands().entries.count == 1)
        await ledger.close()
    }

    /// What was read by the first part is held to, though a later part saw what came of it.
    @Test func theFirstReadDecides() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let other = RequestedChange("memory.add", ["key": "mate", "summary": "New"])
        let key = try await proposal("p", reads: ["mem:tea"], [other], in: ledger).proposal.key
        try await ledger.update(Self.tea, MemoryChange(summary: "Oolong"), by: Attribution(actor: "bob"))
        var more = ExtendProposal("p")
        more.changes = [RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"])]
        let extended = try await more.run(in: OperationRequest(ledger, by: Attribution(actor: "dreamer")))
        // The difference is from what the change was decided on.
        let shown = extended.differences.compactMap { $0 as? MemoryDifference }.first { $0.memory == Self.tea }
        #expect(shown?.delta.fields.first?.before == "Oolong")
        #expect(await failure { try await folder.context(ledger).accept(key) }?.code == .proposalConflict)
        await ledger.close()
    }

    /// The first thing that happens in a ledger may be a proposal; nothing was read at a position that there is not.
    @Test func anEmptyLedgerHasABase() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        var create = CreateProposal("late")
        create.base = 5
        let request = OperationRequest(ledger, by: folder.ann)
        do {
            _ = try await create.run(in: request)
            Issue.record("There is no position 5.")
        } catch let error as MemoryLedgerError {
            #expect(error.code == .invalidArgument)
        }
        create = CreateProposal("p")
        create.base = 0
        create.changes = [RequestedChange("memory.add", ["key": "tea", "summary": "Sencha"])]
        let made = try await create.run(in: request)
        #expect(made.proposal.draft.base == 0 && made.differences.count == 1)
        #expect(try await folder.context(ledger).accept(made.proposal.key).positions.count == 1)
        await ledger.close()
    }

    /// Two blocks that one proposal would bring into a context are not called alike.
    @Test func labelsOfOneProposalDiffer() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        let context = folder.context(ledger)
        for agent in ["a", "b"] {
            _ = try await context.change(BlockReference("human", of: .agent(agent)), .set(agent))
        }
        let shares = ["a", "b"].map { agent in
            RequestedChange("block.share", ["agent": .string(agent), "label": "human", "with": "c"])
        }
        let key = try await proposal("p", shares, in: ledger).proposal.key
        #expect(await failure { try await context.accept(key) }?.code == .blockExists)
        await ledger.close()
    }

    /// An erasure of what a proposal repeats takes the proposal, in every file.
    @Test(arguments: ["memory", "accepted", "user", "source"])
    func anErasureTakesItsCopies(_ what: String) async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open {
            $0.file.masterKey = try? MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        }
        try await ledger.protect("mem", by: folder.ann)
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let session = try await folder.context(ledger).open(SessionRequest(user: "eve", role: "helper"))
        var create = CreateProposal("p")
        create.changes = [
            RequestedChange("memory.update", ["key": "tea", "summary": "The secret is kumquat"]),
            RequestedChange("archive.insert", ["archive": "x", "content": "A rare kumquat"]),
        ]
        if what != "source" { create.session = session.id }
        let request = OperationRequest(ledger, by: folder.ann)
        let key = try await create.run(in: request).proposal.key
        if what == "source" {
            var more = NewProposal("p")
            more.changes = [
                ProposedChange("memory.add") {
                    _ = try await $0.add(
                        MemoryKey(key: "of-eve"), MemoryContent(summary: "Eve said so"),
                        from: Provenance(source: .init(.user, "eve")), by: folder.ann)
                }
            ]
            _ = try await folder.context(ledger).extend(more)
            try await ledger.add(
                MemoryKey(key: "eve"), MemoryContent(summary: "Of eve"), from: Provenance(source: .init(.user, "eve")),
                by: folder.ann)
        } else {
            #expect(try await ledger.proposal(key).draft.user == "eve")
        }
        if what == "accepted" { _ = try await folder.context(ledger).accept(key) }
        let selection: ErasureSelection = what == "user" || what == "source" ? .user("eve") : .memory(Self.tea)
        _ = try await ledger.erase(selection, reason: "asked", by: folder.ann)
        #expect(await failure { try await ledger.proposal(key) }?.code == .noProposal)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
        for file in try FileManager.default.contentsOfDirectory(at: folder.folder, includingPropertiesForKeys: nil) {
            let bytes = (try? Data(contentsOf: file)) ?? Data()
            #expect(bytes.range(of: Data("The secret is".utf8)) == nil, "\(file.lastPathComponent)")
        }
    }

    /// Of many who accept at once one does, and all that it appends stands together.
    @Test func oneOfManyAccepts() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: folder.ann)
        let key = try await proposal(
            "p", [RequestedChange("memory.update", ["key": "tea", "summary": "Sencha"])], in: ledger
        ).proposal.key
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    await failure { try await folder.context(ledger, by: "a\(number)").accept(key) } == nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 1)
        #expect(try await ledger.get(Self.tea)?.version == 2)
        await ledger.close()
    }
}
