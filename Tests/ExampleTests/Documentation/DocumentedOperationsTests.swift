import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import MerkleLog
import Projections
import SQLiteEventLog
import Testing

/// Goal: what the documentation shows of operations holds. Method: it is compiled, and run where it needs no more than
/// a ledger that knows of tea.
@Suite struct DocumentedOperationsTests {
    private static let runs: [@Sendable (OperationRequest) async throws -> Void] = [
        OperationExamples.listMemories, OperationExamples.outlineMemories, OperationExamples.listEvents,
        OperationExamples.showHistory,
        OperationExamples.showBlame, OperationExamples.linkMemory, OperationExamples.unlinkMemory,
        OperationExamples.recallMemories, OperationExamples.planUndo, OperationExamples.undoEvents,
        OperationExamples.previewQuarantine, OperationExamples.putQuarantine, OperationExamples.listQuarantines,
        OperationExamples.showStatistics, OperationExamples.listProjections, OperationExamples.verifyProjections,
        OperationExamples.rebuildProjections, OperationExamples.rollBackProjections,
        OperationExamples.forgetFormerGenerations, OperationExamples.listDeadLetters, OperationExamples.listSnapshots,
        OperationExamples.showPolicy, OperationExamples.setPolicy, OperationExamples.listDictionaries,
        OperationExamples.listProtectedNamespaces, OperationExamples.renameMemory, OperationExamples.putMemory,
        OperationExamples.readMemory, OperationExamples.traverseMemory, OperationExamples.createToken,
        OperationExamples.listTokens, OperationExamples.accessTokens,
    ]

    private func request(_ ledger: MemoryLedger) async throws -> OperationRequest {
        let me = Attribution(actor: "assistant")
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"), by: me)
        return OperationRequest(ledger, by: me)
    }

    @Test func theyRunOneAfterTheOther() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let request = try await request(ledger)
        for run in Self.runs { try await run(request) }
        #expect(try ledger.policy().requiresActor)
        #expect(try await ledger.get(MemoryKey(key: "green-tea")) != nil)
        await ledger.close()
    }

    @Test func anOperationIsAValue() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let add = AddMemory(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
        let added = try await add.run(in: OperationRequest(ledger, by: Attribution(actor: "assistant")))
        print(added.document())
        let request = OperationRequest(ledger)
        try await ledger.delete(MemoryKey(key: "tea"))
        let tea: JSONObject = ["key": "tea", "summary": "Likes green tea"]
        let answer = try await OperationCatalogue.standard.call("memory.add", tea, in: request)
        print(answer)
        let catalogue = try OperationCatalogue(of: ledger)
        for operation in catalogue.operations { print(operation.name, operation.summary) }
        let document = try await catalogue.call("memory.get", ["keys": ["tea"]], in: request)
        #expect(document["summary"]?.string == "Likes green tea")
        let (name, arguments): (String, JSONObject) = ("memory.get", ["keys": ["coffee"]])
        do {
            _ = try await catalogue.call(name, arguments, in: request)
        } catch {
            print(OperationErrorCode(of: error)?.rawValue ?? "internal", error)
        }
        await ledger.close()
    }

    @Test func argumentsAreDescribed() {
        let limit = ArgumentType.integer(1...1_000)
        let status = ArgumentType.string.mapping("a status") { MemoryStatus(rawValue: $0) }
        #expect(limit.type == .integer(1...1_000) && status.type == .string)
        let early = MomentReference("1000")  // right after the event at position 1,000
        let late = MomentReference("2026-01-23")  // the end of that day in UTC, or now if it is not over
        #expect(early != late)
    }

    @Test func aRequestSaysWhoAsks() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let attribution = Attribution(actor: "assistant", correlationID: "request-7")
        let request = OperationRequest(ledger, by: attribution) { notice in print(notice) }
        #expect(request.attribution == attribution)
        await ledger.close()
    }

    @Test func operationsDeclareTheirParameters() {
        #expect(OperationExamples.limit.name == "limit" && !OperationExamples.limit.isRequired)
    }
}

/// The examples, each as its type's comment has it.
enum OperationExamples {
    static let limit = Parameter("limit", .integer(1...1_000), default: 100, "Memories of a page.")

    static func checkedFiles(_ bytes: [UInt8], _ key: NoteVerifierKey) throws {
        let checked = CheckedFiles([(name: "tea.html", bytes: bytes)], trusting: [key])
        print(checked.verdict)
    }

    static func compareMoments(_ request: OperationRequest) async throws {
        let page = try await CompareMoments(from: .position(1_000), namespace: "mem").run(in: request)
        for difference in page.differences { print(difference.kind, difference.memory) }
    }

    static func createToken(_ request: OperationRequest) async throws {
        let month = AccessTokenRequest(.write, namespaces: ["research"], expiry: AccessTokenExpiry("30d"))
        let made = try await CreateToken(month).run(in: request)
        print(made.token.id, made.text.revealed)
        try await revokeToken(request, made.token.id)
    }

    static func listTokens(_ request: OperationRequest) async throws {
        let listed = try await ListTokens().run(in: request)
        for token in listed.tokens { print(token.id, token.actor, token.scope) }
    }

    private static func revokeToken(_ request: OperationRequest, _ id: String) async throws {
        let revoked = try await RevokeToken(id, reason: "its laptop was stolen").run(in: request)
        print(revoked.token.id)
    }

    static func accessTokens(_ request: OperationRequest) async throws {
        let (ledger, me) = (request.ledger, request.attribution)
        let month = AccessTokenExpiry("30d")
        let year = AccessTokenExpiry("2027-01-01")  // when that day begins in UTC
        print(month ?? .after(milliseconds: 1), year ?? .after(milliseconds: 1))
        let request = AccessTokenRequest(.write, namespaces: ["research"], expiry: AccessTokenExpiry("30d"))
        let made = try await ledger.createAccessToken(request, by: me)
        for token in try await ledger.accessTokens().tokens { print(token.id, token.actor, token.scope) }
        try await ledger.revokeAccessToken(made.token.id, by: me)
    }

    static func eventsToUndo() throws {
        let imported = EventsToUndo(actor: "importer", since: MomentReference("2026-01-23"))
        _ = imported
    }

    static func explainEvent(_ request: OperationRequest) async throws {
        let explained = try await ExplainEvent(.position(1_000)).run(in: request)
        for projection in explained.explanation.projections { print(projection.name, projection.tables.map(\.name)) }
    }

    static func listEvents(_ request: OperationRequest) async throws {
        var list = ListEvents()
        list.actor = "assistant"
        let listed = try await list.run(in: request)
        list.after = listed.page.next
    }

    static func planUndo(_ request: OperationRequest) async throws {
        let plan = try await PlanUndo(EventsToUndo(actor: "importer")).run(in: request)
        for change in plan.changes { print(change.kind, change.memory) }
    }

    static func showBlame(_ request: OperationRequest) async throws {
        let blame = try await ShowBlame(MemoryKey(key: "tea")).run(in: request)
        for field in blame.fields { print(field.field, field.setBy.position) }
    }

    static func showHistory(_ request: OperationRequest) async throws {
        let page = try await ShowHistory(MemoryKey(key: "tea"), HistoryQuery(limit: 20)).run(in: request)
        for entry in page.entries { print(entry.event.recordedAt, entry.event.type, entry.delta.fields) }
    }

    static func undoEvents(_ request: OperationRequest) async throws {
        let undone = try await UndoEvents(EventsToUndo(correlationID: "request-7")).run(in: request)
        print(undone.positions, undone.plan.conflicts)
    }

    static func computeDigest(_ request: OperationRequest) async throws {
        let digest = try await ComputeDigest(ReadMoment(at: .position(1_000))).run(in: request)
        _ = digest
    }

    static func dropSnapshots(_ request: OperationRequest) async throws {
        let dropped = try await DropSnapshots().run(in: request).dropped
        _ = dropped
    }

    static func forgetFormerGenerations(_ request: OperationRequest) async throws {
        let states = try await ForgetFormerGenerations().run(in: request).projections
        _ = states
    }

    static func listDeadLetters(_ request: OperationRequest) async throws {
        for letter in try await ListDeadLetters().run(in: request).letters { print(letter.position, letter.reason) }
    }

    static func listDictionaries(_ request: OperationRequest) async throws {
        let last = try await ListDictionaries().run(in: request).dictionaries.last
        _ = last
    }

    static func listProjections(_ request: OperationRequest) async throws {
        let listed = try await ListProjections().run(in: request)
        print(listed.projections.map(\.health))
    }

    static func listSnapshots(_ request: OperationRequest) async throws {
        let listed = try await ListSnapshots().run(in: request).snapshots
        _ = listed
    }

    static func showStatus(_ request: OperationRequest) async throws {
        let status = try await ShowStatus().run(in: request)
        print(status.position, status.cares.map(\.code))
    }

    static func rebuildProjections(_ request: OperationRequest) async throws {
        let outcome = try await RebuildProjections(onDifference: .refuse).run(in: request)
        if outcome.report == nil { print(outcome.difference?.tables ?? []) }
    }

    static func retryDeadLetters(_ request: OperationRequest) async throws {
        let retried = try await RetryDeadLetters(positions: [1_234]).run(in: request)
        print(retried.applied, retried.refused)
    }

    static func rollBackProjections(_ request: OperationRequest) async throws {
        let states = try await RollBackProjections().run(in: request).projections
        _ = states
    }

    static func showStatistics(_ request: OperationRequest) async throws {
        let shown = try await ShowStatistics().run(in: request)
        print(shown.statistics.namespaces.map(\.memories), shown.origin?.epoch ?? 1)
    }

    static func skipDeadLetters(_ request: OperationRequest) async throws {
        let skipped = try await SkipDeadLetters(positions: [1_234]).run(in: request).skipped
        _ = skipped
    }

    static func takeSnapshots(_ request: OperationRequest) async throws {
        let taken = try await TakeSnapshots().run(in: request).snapshots
        _ = taken
    }

    static func trainDictionary(_ request: OperationRequest) async throws {
        let training = try await TrainDictionary().run(in: request)
        print(training.ratioBefore, training.ratioAfter)
    }

    static func verifyProjections(_ request: OperationRequest) async throws {
        let verified = try await VerifyProjections().run(in: request)
        print(verified.report.isEqual, verified.seconds)
    }

    static func addMemory(_ request: OperationRequest) async throws {
        let tea = AddMemory(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
        let added = try await tea.run(in: request)
        print(added.memory.version, added.missingProvenance)
    }

    static func accessGrant(_ content: MemoryContent) throws {
        let grant = AccessGrant(.write, namespaces: ["research"])
        try grant.check(AddMemory(MemoryKey(namespace: "research", key: "tea"), content))
    }

    static func putMemory(_ request: OperationRequest) async throws {
        let tea = PutMemory(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
        let written = try await tea.run(in: request)
        print(written.memory.version)
    }

    static func readMemory(_ request: OperationRequest) async throws {
        let read = try await ReadMemory(MemoryKey(key: "tea")).run(in: request)
        for link in read.linked.links { print(link.link.term, link.summary) }
    }

    static func traverseMemory(_ request: OperationRequest) async throws {
        let found = try await TraverseMemory(MemoryKey(key: "tea")).run(in: request)
        print(found.memories[0].meta.traverseCount)
    }

    static func deleteMemory(_ request: OperationRequest) async throws {
        try await DeleteMemory(MemoryKey(key: "tea")).run(in: request)
    }

    static func getMemories(_ request: OperationRequest) async throws {
        let found = try await GetMemories([MemoryKey(key: "tea")], ReadMoment(at: .position(1_000))).run(in: request)
        print(found.memories[0].content.summary)
    }

    static func linkMemory(_ request: OperationRequest) async throws {
        let link = MemoryLink(type: "design", key: "coffee", term: "taste", weight: 0.8)
        try await LinkMemory(MemoryKey(key: "tea"), link).run(in: request)
    }

    static func listMemories(_ request: OperationRequest) async throws {
        var list = ListMemories(MemoryQuery(namespace: "mem", domain: "food", limit: 20))
        let page = try await list.run(in: request)
        list.query.after = page.next
    }

    static func outlineMemories(_ request: OperationRequest) async throws {
        let page = try await OutlineMemories(MemoryQuery(namespace: "mem", limit: 20)).run(in: request)
        for memory in page.memories { print(memory.id.key, memory.summary) }
    }

    static func recallMemories(_ request: OperationRequest) async throws {
        let found = try await RecallMemories([MemoryKey(key: "tea")], counts: true, into: "session-7").run(in: request)
        _ = found
    }

    static func renameMemory(_ request: OperationRequest) async throws {
        let renamed = try await RenameMemory(MemoryKey(key: "tea"), to: "green-tea").run(in: request)
        print(renamed.oldKey, renamed.newKey)
    }

    static func unlinkMemory(_ request: OperationRequest) async throws {
        try await UnlinkMemory(MemoryKey(key: "tea"), from: "coffee", type: "design").run(in: request)
    }

    static func updateMemory(_ request: OperationRequest) async throws {
        let black = UpdateMemory(MemoryKey(key: "tea"), MemoryChange(summary: "Likes black tea"), expecting: 3)
        let updated = try await black.run(in: request)
        _ = updated
    }

    static func eraseMemories(_ request: OperationRequest) async throws {
        let receipt = try await EraseMemories(.user("ada"), reason: "asked for").run(in: request)
        print(receipt.positions, receipt.purgeProblem ?? "purged")
    }

    static func listProtectedNamespaces(_ request: OperationRequest) async throws {
        let protected = try await ListProtectedNamespaces().run(in: request).namespaces
        _ = protected
    }

    static func listQuarantines(_ request: OperationRequest) async throws {
        for quarantine in try await ListQuarantines().run(in: request).quarantines { print(quarantine.contributor) }
    }

    static func planErasure(_ request: OperationRequest) async throws {
        let plan = try await PlanErasure(.memory(MemoryKey(key: "tea"))).run(in: request)
        print(plan.events, plan.left)
    }

    static func previewQuarantine(_ request: OperationRequest) async throws {
        let report = try await PreviewQuarantine(.actor("mallory")).run(in: request)
        print(report.memories, report.keys)
    }

    static func protectNamespace(_ request: OperationRequest) async throws {
        let isNew = try await ProtectNamespace("people").run(in: request).protected != nil
        _ = isNew
    }

    static func putQuarantine(_ request: OperationRequest) async throws {
        let web = Contributor.source(.init(.tool, "web-search"))
        let report = try await PutQuarantine(web, reason: "poisoned page").run(in: request)
        _ = report
    }

    static func releaseQuarantine(_ request: OperationRequest) async throws {
        let report = try await ReleaseQuarantine(.actor("mallory")).run(in: request)
        _ = report
    }

    static func resumePurge(_ request: OperationRequest) async throws {
        if let purged = try await ResumePurge().run(in: request).report { print(purged.bytesAfter) }
    }

    static func setPolicy(_ request: OperationRequest) async throws {
        try await SetPolicy(LedgerPolicyChange(requiresActor: true)).run(in: request)
    }

    static func showPolicy(_ request: OperationRequest) async throws {
        let policy = try await ShowPolicy().run(in: request)
        print(policy.requiresActor, policy.auditsReads)
    }

    static func adoptSigningKey(_ request: OperationRequest) async throws {
        let adopted = try await AdoptSigningKey(making: true).run(in: request)
        print(adopted.key, adopted.origin)
    }

    static func listCheckpoints(_ request: OperationRequest) async throws {
        let newest = try await ListCheckpoints(limit: 1).run(in: request).checkpoints.first
        _ = newest
    }

    static func listSigningKeys(_ request: OperationRequest) async throws {
        for key in try await ListSigningKeys().run(in: request).keys { print(key.key, key.isRetired) }
    }

    static func makeEvidence(_ request: OperationRequest, _ file: URL) async throws {
        let made = try await MakeEvidence(EvidenceSelection(memory: MemoryKey(key: "tea"))).run(in: request)
        try Data(made.html).write(to: file)
    }

    static func proveConsistency(_ request: OperationRequest, _ monday: SignedCheckpoint, _ friday: SignedCheckpoint)
        async throws
    {
        let proof = try await ProveConsistency(from: monday, to: friday).run(in: request)
        print(String(decoding: proof.bytes, as: UTF8.self))
    }

    static func proveEvents(_ request: OperationRequest) async throws {
        let proofs = try await ProveEvents(.event(.position(1_000))).run(in: request).proofs
        print(String(decoding: proofs[0].bytes, as: UTF8.self))
    }

    static func rotateSigningKey(_ request: OperationRequest) async throws {
        let rotated = try await RotateSigningKey().run(in: request)
        print(rotated.link.old, rotated.link.new)
    }

    static func setCheckpoints(_ request: OperationRequest) async throws {
        var settings = SetCheckpoints()
        settings.everyEvents = 1_000
        print(try await settings.run(in: request).rule ?? .standard)
    }

    static func signCheckpoint(_ request: OperationRequest) async throws {
        let signed = try await SignCheckpoint().run(in: request).signed
        _ = signed
    }

    static func verifyLedger(_ request: OperationRequest) async throws {
        let verified = try await VerifyLedger(deep: true).run(in: request)
        print(verified.isClean, verified.damages)
    }
}
