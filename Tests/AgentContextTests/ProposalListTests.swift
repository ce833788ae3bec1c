import AgentContext
import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: a page of proposals and queries of SQL tell of them what they may, now and as of any moment.
@Suite struct ProposalListTests {
    private static func change(_ key: MemoryKey) -> ProposedChange {
        ProposedChange("memory.put", ["key": .string(key.key)]) {
            _ = try await $0.put(key, MemoryContent(summary: "new"))
        }
    }

    private func propose(
        _ name: String, _ keys: [String], reads: [String] = [], in namespace: String = MemoryKey.defaultNamespace,
        _ folder: ContextLedger, _ ledger: MemoryLedger, by actor: String
    ) async throws {
        var new = NewProposal(name, in: namespace)
        new.description = "About \(name)"
        new.reads = reads
        new.changes = keys.map { Self.change(MemoryKey(namespace: namespace, key: $0)) }
        _ = try await folder.context(ledger, by: actor).propose(new)
    }

    @Test func aPageCounts() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open()
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes tea"), by: folder.ann)
        try await propose("first", ["a", "b"], reads: ["tea"], folder, ledger, by: "dreamer")
        let before = try await (ledger.log as any EventLog).head()
        var more = NewProposal("first")
        more.changes = [Self.change(MemoryKey(key: "c"))]
        _ = try await folder.context(ledger, by: "dreamer").extend(more)
        for name in ["second", "third"] { try await propose(name, [name], folder, ledger, by: "eve") }
        _ = try await folder.context(ledger).reject(MemoryKey(key: "second"), reason: "No.")
        for _ in 0..<2 {
            let page = try await ledger.proposals(limit: 2)
            #expect(page.proposals.map(\.name) == ["first", "second"])
            let rest = try await ledger.proposals(after: page.next ?? 0)
            #expect(rest.proposals.map(\.name) == ["third"] && rest.next == nil)
            let first = page.proposals[0]
            #expect(first.version == 2 && first.changes == 3 && first.reads == 1 && first.description == "About first")
            #expect(page.proposals[1].ruling?.reason == "No." && page.proposals[1].status == .rejected)
            // What stands in a page is what the proposals say themselves.
            for listed in page.proposals + rest.proposals {
                let whole = try await ledger.proposal(MemoryKey(key: listed.name))
                #expect(whole.version == listed.version && whole.draft.changes.count == listed.changes)
                #expect(whole.draft.reads.count == listed.reads && whole.draft.base == listed.base)
                #expect(whole.proposer == listed.proposer && whole.ruling == listed.ruling)
            }
            try await ledger.rebuild()
        }
        let then = try await ledger.asOf(.position(before)).proposals()
        #expect(then.proposals.map(\.version) == [1] && then.proposals.map(\.changes) == [2])
        await ledger.close()
    }

    @Test func queriesOfSQLSeeProposals() async throws {
        let folder = try ContextLedger()
        let key = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        let ledger = try await folder.open { $0.file.masterKey = key }
        try await ledger.protect("secret", by: folder.ann)
        for name in ["held", "free"] {
            let source = Provenance(source: .init(.tool, name))
            try await ledger.add(MemoryKey(key: name), MemoryContent(summary: "s"), from: source, by: folder.ann)
        }
        try await propose("mixed", ["held", "free", "new"], reads: ["held"], folder, ledger, by: "dreamer")
        try await propose("liar's", ["lie"], folder, ledger, by: "liar")
        try await propose("hidden", ["x"], in: "secret", folder, ledger, by: "dreamer")
        let names = TableQuery("SELECT name FROM proposals ORDER BY name")
        let changes = TableQuery("SELECT proposal, operation, kind, id, version FROM proposal_changes ORDER BY 1, 4")
        let all = try await ledger.query(changes).rows
        #expect(try await ledger.query(names).rows == [["hidden"], ["liar's"], ["mixed"]])
        #expect(all.count == 5 && all.last == ["mixed", "memory.put", "memory", "new", 0])
        let counted = try await ledger.query(
            TableQuery("SELECT reads, changes, version, proposer, description FROM proposals WHERE name = 'mixed'"))
        #expect(counted.rows == [[1, 3, 1, "dreamer", "About mixed"]])
        let before = try await (ledger.log as any EventLog).head()
        _ = try await ledger.quarantine(.source(.init(.tool, "held")), by: folder.ann)
        _ = try await ledger.quarantine(.actor("liar"), by: folder.ann)
        #expect(try await ledger.query(names).rows == [["hidden"], ["mixed"]])
        #expect(try await ledger.query(changes).rows.map { $0[3] } == ["x", "free", "new"])
        #expect(try await ledger.query(TableQuery("SELECT count(*) FROM proposal_changes")).rows == [[3]])
        #expect(try await ledger.asOf(.position(before)).query(changes).rows == all)
        for table in ["proposal_parts", "proposal_subjects", "proposal_users", "proposal_sources"] {
            await #expect(throws: MemoryLedgerError.self) {
                try await ledger.query(TableQuery("SELECT * FROM \(table)"))
            }
        }
        await ledger.close()
        let locked = try await folder.open()
        let found = try await locked.query(names)
        #expect(found.rows == [["mixed"]] && found.locked == ["secret"])
        #expect(try await locked.query(changes).rows.map { $0[3] } == ["free", "new"])
        await locked.close()
    }

    /// What would be derived from what is erased goes with it if what is derived goes, whichever key it had.
    @Test(arguments: [false, true])
    func whatWouldBeDerivedIsErased(_ includingDerived: Bool) async throws {
        let folder = try ContextLedger()
        let key = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        let ledger = try await folder.open { $0.file.masterKey = key }
        try await ledger.protect("mem", by: folder.ann)
        let (tea, summary, other) = (MemoryKey(key: "tea"), MemoryKey(key: "summary"), MemoryKey(key: "other"))
        for key in [tea, other] { try await ledger.add(key, MemoryContent(summary: "s"), by: folder.ann) }
        try await ledger.add(
            summary, MemoryContent(summary: "s"), from: Provenance(derivedFrom: [tea]), by: folder.ann)
        let context = folder.context(ledger)
        let sources = [("direct", tea), ("by a step", summary), ("extended", tea), ("of another", other)]
        for (name, source) in sources {
            var new = NewProposal(name)
            if name == "extended" { _ = try await context.propose(new) }
            new.changes = [
                ProposedChange("memory.add") {
                    _ = try await $0.add(
                        MemoryKey(key: "of \(name)"), MemoryContent(summary: "The secret is kumquat"),
                        from: Provenance(derivedFrom: [source]), by: folder.ann)
                }
            ]
            if name == "extended" { _ = try await context.extend(new) } else { _ = try await context.propose(new) }
        }
        _ = try await context.reject(MemoryKey(key: "direct"), reason: "No.")
        try await ledger.rename(tea, to: "green tea", by: folder.ann)
        _ = try await ledger.erase(
            .memory(MemoryKey(key: "green tea")), includingDerived: includingDerived, reason: "asked", by: folder.ann)
        let left = try await ledger.proposals().proposals.map(\.name)
        #expect(left == (includingDerived ? ["of another"] : ["direct", "by a step", "extended", "of another"]))
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }
}
