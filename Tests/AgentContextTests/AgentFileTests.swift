import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: an agent that is exported, imported and exported again is the same file, byte by byte; and an import changes
/// nothing that is there.
@Suite struct AgentFileTests {
    /// Method: agents by chance, beside others; into empty ledgers, in large and small batches, rebuilt, and as of
    /// former positions; each file is held to its schema.
    @Test(arguments: 0..<3)
    func exportedImportedExportedIsTheSame(_ round: UInt64) async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) }
            ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        let folder = try AgentFileLedger()
        let ledger = try await folder.open()
        var chance = AgentByChance(ledger, folder.clock, seed: seed &+ round)
        try await chance.act(steps: 120)
        let then = try await ledger.head()
        try await chance.act(steps: 120)
        let schema = try JSONSchema("agent-file-1.schema.json")
        let present = try await ledger.file(AgentByChance.agent)
        let past = try await ledger.asOf(.position(then)).file(AgentByChance.agent)
        #expect(past != present)
        for (index, file) in [present, past].enumerated() {
            #expect(try schema.problems(JSONParser.parse(file)).isEmpty, "seed \(seed)")
            let other = try await folder.open("other-\(index)")
            var limits = AgentFileLimits()
            if index == 1 { limits.batchEvents = 7 }
            let report = try await folder.context(other).importAgent(file, limits: limits)
            #expect(Int64(report.events) == (try await other.head()) && report.present == 0)
            #expect(try await other.file(AgentByChance.agent) == file, "seed \(seed)")
            let digest = try await other.digest()
            try await other.rebuild()
            #expect(try await other.digest() == digest, "seed \(seed)")
            #expect(try await other.file(AgentByChance.agent) == file, "seed \(seed)")
            await other.close()
        }
        await ledger.close()
    }

    /// What a session's context has, and what is found, is what it was.
    @Test func whatIsImportedGoesOn() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.open()
        let session = try await AgentFileExample.make(ledger, folder.clock)
        let file = try await ledger.file("tea")
        let other = try await folder.open("other")
        let context = folder.context(other)
        try await context.importAgent(file)
        let (before, after) = (
            try await folder.context(ledger).context(of: session, in: ledger),
            try await context.context(of: session, in: other)
        )
        #expect(after.segments == before.segments && after.tokens == before.tokens)
        let (said, here) = (
            try await ledger.messages(RecallQuery(of: session)), try await other.messages(RecallQuery(of: session))
        )
        #expect(here.messages.map(\.number) == said.messages.map(\.number))
        #expect(here.messages.map(\.isInContext) == said.messages.map(\.isInContext))
        let history = try await other.history(of: BlockReference("human", of: .agent("tea")))
        #expect(history.map(\.kind) == ["undo", "append", "create"])
        #expect(history.map(\.actor) == ["ann", "tea", "ann"])
        #expect(try await other.searchPassages("steamed", PassageQuery("teas"), waits: true).total == 1)
        let appended = try await context.append(SessionMessage(.user, "And now?"), to: session)
        #expect(appended.number == Int64(said.total) + 1)
        let human = try await context.change(BlockReference("human", of: .agent("tea")), .redo)
        #expect(human.block.value.text == "Likes tea.\nLives in Bonn.")
        let seen = try #require(here.messages.first { $0.message.context != nil })
        let refused = await failure { try await context.context(answeredBy: seen.number, of: session) }
        #expect(refused?.message.contains("of the ledger that it was said in") == true)
        // The log says where it is from.
        let first = try #require(try await (other.log as any EventLog).read(EventQuery(limit: 1)).events.first)
        #expect(first.type == AgentEvent.Name.imported && first.attribution.actor == "importer")
        await ledger.close()
        await other.close()
    }

    /// What is erased is nowhere in a file, of whatever moment; without the master key there is no file.
    @Test func whatIsErasedIsInNoFile() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.open(masterKey: AgentFileLedger.masterKey)
        try await ledger.protect("mem", by: Attribution(actor: "ann"))
        let session = try await AgentFileExample.make(ledger, folder.clock)
        let then = try await ledger.head()
        let context = folder.context(ledger)
        var request = SessionRequest(user: "fay", role: "helper")
        request.agent = "tea"
        let other = try await context.open(request)
        _ = try await context.append(SessionMessage(.user, "A secret of Fay."), to: other.key)
        var passage = NewPassage("Fay has a secret.")
        passage.session = other.id
        _ = try await context.insert(passage, into: "teas")
        let full = try await ledger.file("tea")
        _ = try await ledger.erase(.user("fay"), reason: "asked for", by: Attribution(actor: "ann"))
        for position in [nil, try await ledger.head() - 2] {
            let file =
                if let position {
                    try await ledger.asOf(.position(position)).file("tea")
                } else {
                    try await ledger.file("tea")
                }
            #expect(!String(decoding: file, as: UTF8.self).contains("secret"))
            #expect(String(decoding: file, as: UTF8.self).contains(session.key))
        }
        #expect(String(decoding: full, as: UTF8.self).contains("secret"))
        #expect(try await ledger.file("tea") == (try await ledger.asOf(.position(then)).file("tea")))
        await ledger.close()
        let locked = try await folder.open()
        let error = await #expect(throws: EventLogError.self) { try await locked.file("tea") }
        #expect(error?.code == .masterKeyMissing)
        await locked.close()
    }

    @Test func whatIsThereRefusesAnImport() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.open()
        let session = try await AgentFileExample.make(ledger, folder.clock)
        let file = try await ledger.file("tea")
        let head = try await ledger.head()
        let context = folder.context(ledger)
        let again = await failure { try await context.importAgent(file) }
        #expect(again?.code == .agentExists && again?.message.contains("--name") == true)
        // Ids of sessions are of the whole ledger.
        let elsewhere = await failure { try await context.importAgent(file, into: "else") }
        #expect(elsewhere?.code == .agentExists && elsewhere?.message.contains(session.key) == true)
        #expect(try await ledger.head() == head)
        let copied = try await context.importAgent(file, as: "tea two")
        #expect(copied.agent == "tea two" && copied.present == 6)
        #expect(try await ledger.file("tea") == file)
        let copy = try await ledger.file("tea two")
        #expect(copy != file && !String(decoding: copy, as: UTF8.self).contains(session.key))
        let repeated = try await context.importAgent(file, as: "tea two")
        #expect(repeated.events == 0 && repeated.formerEvents > 0)
        await ledger.close()
        let other = try await folder.open("other")
        try await folder.context(other).setRole("helper", prompt: "You hinder.")
        let role = await failure { try await folder.context(other).importAgent(file) }
        #expect(role?.code == .agentExists && role?.message.contains("The role helper") == true)
        #expect(try await other.head() == 1)
        let missing = await failure { try await other.file("coffee") }
        #expect(missing?.code == .noAgent)
        _ = try await folder.context(other).insert(NewPassage("Mate is roasted."), into: "mates")
        try await folder.context(other).setAgent("mate")
        #expect(await failure { try await other.file("mate", archives: ["none"]) }?.code == .noArchive)
        let asked = try await other.file("mate", archives: ["mates"])
        #expect(String(decoding: asked, as: UTF8.self).contains("Mate is roasted."))
        await other.close()
    }

    /// Method: the import is cancelled after each batch in turn, and done again.
    @Test func anImportThatIsCutOffIsCompleted() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.open()
        try await AgentFileExample.make(ledger, folder.clock)
        let file = try await ledger.file("tea")
        await ledger.close()
        var limits = AgentFileLimits()
        limits.batchEvents = 2
        let bounded = limits
        for batches in 1...Int64(10) {
            let other = try await folder.empty()
            let context = folder.context(other)
            let cut = Task {
                try await context.importAgent(file, limits: bounded) { done, _ in
                    if done >= batches * 2 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await cut.value }
            let head = try await other.head()
            #expect(head == batches * 2)
            #expect(try await other.agents(in: "mem").entries.isEmpty)
            let report = try await context.importAgent(file)
            #expect(report.formerEvents == Int(head) && report.present == 0)
            #expect(try await other.file("tea") == file, "after \(batches) batches")
            await other.close()
        }
    }

    /// What was cut off and written to is no beginning of the file any more.
    @Test func anImportDoesNotGoOnBehindOthers() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.open()
        let session = try await AgentFileExample.make(ledger, folder.clock)
        let file = try await ledger.file("tea")
        await ledger.close()
        let other = try await folder.open("other")
        let context = folder.context(other)
        var limits = AgentFileLimits()
        limits.batchEvents = 9
        let bounded = limits
        let cut = Task {
            try await context.importAgent(file, limits: bounded) { _, _ in withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await cut.value }
        _ = try await context.append(SessionMessage(.user, "Is anyone there?"), to: session)
        let head = try await other.head()
        let refused = await failure { try await context.importAgent(file) }
        #expect(refused?.code == .agentExists && refused?.message.contains("not the file's") == true)
        #expect(try await other.head() == head)
        #expect(try await context.importAgent(file, as: "tea two").events > 0)
        await other.close()
    }

    /// The file of a small agent stands in the repository: a change of its bytes is a change of the format.
    @Test func theBytesAreThoseOfVersion1() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.open()
        try await AgentFileExample.make(ledger, folder.clock)
        let file = String(decoding: try await ledger.file("tea"), as: UTF8.self)
        #expect(file == (try AgentFileExample.golden()))
        await ledger.close()
        let other = try await folder.empty()
        try await folder.context(other).importAgent(Array(AgentFileExample.golden().utf8))
        #expect(String(decoding: try await other.file("tea"), as: UTF8.self) == file)
        await other.close()
    }

    /// A block that was placed first and then said something, and versions that an erasure left, are versions like
    /// others.
    @Test(arguments: [false, true])
    func anAgentOfProtectedSessionsIsBroughtOver(erases: Bool) async throws {
        let test = try await ProtectedContext()
        _ = try await test.context.change(test.notes(in: test.ann), .set("Ann's"))
        _ = try await test.context.change(test.notes(in: test.bob), .append(" and bob's"))
        _ = try await test.context.change(test.notes(in: test.bob), .set("Bob's"))
        _ = try await test.context.change(test.notes(in: test.bob), .undo)
        try await test.say("hello", test.bob)
        if erases { try await test.erase("ann") }
        let file = try await test.ledger.file("tea")
        let other = try await AgentFileLedger().empty()
        _ = try await AgentContext(other).importAgent(file)
        #expect(try await String(decoding: other.file("tea"), as: UTF8.self) == String(decoding: file, as: UTF8.self))
        await other.close()
        await test.ledger.close()
    }
}
