import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerOperations
import LedgerStorage
import MemoryLedger
import MemoryLedgerTesting
import MerkleLog
import Projections
import Testing

/// What a ledger stands on.
enum Backend: CaseIterable, Sendable {
    case file, arrays
}

/// Goal: a module is read, rebuilt, asked for its past, exported, undone, erased and called by what its folder says
/// alone. Method: ledgers with reminders, on a file and on a log in plain arrays; nothing here sees more than a user
/// does.
@Suite struct ReminderTests {
    private let folder: URL
    private let tea = MemoryKey(key: "tea")
    private let clock = FixedClock()
    private let ann = Attribution(actor: "ann")
    private let tom = Attribution(actor: "tom")

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "reminders-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func options(_ change: (inout MemoryLedgerOptions) -> Void = { _ in }) -> MemoryLedgerOptions {
        var options = MemoryLedgerOptions(clock: clock)
        options.modules = [RemindersModule()]
        change(&options)
        return options
    }

    private func open(
        _ backend: Backend = .file, _ name: String = "ledger",
        _ change: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> MemoryLedger {
        let path = folder.appending(path: name).path
        return switch backend {
        case .file: try await MemoryLedger.open(at: path, options: options(change))
        case .arrays:
            try await MemoryLedger.open(on: InMemoryEventLog(clock: clock), tables: path, options: options(change))
        }
    }

    /// Two reminders about a memory, one of which is done, and one that was dropped.
    private func fill(_ ledger: MemoryLedger) async throws {
        try await ledger.add(tea, MemoryContent(summary: "Likes tea"), by: ann)
        let green = Reminder(title: "Buy green tea", due: at(2), memory: "tea")
        try await ledger.remind("r1", of: green, in: "mem", by: ann)
        try await ledger.remind("r2", of: Reminder(title: "Clean the teapot", due: at(1)), in: "mem", by: ann)
        try await ledger.remind("r3", of: Reminder(title: "Water the plants", due: at(3)), in: "mem", by: tom)
        try await ledger.change("r1", in: "mem", .retitled("Buy black tea"), by: tom)
        try await ledger.change("r3", in: "mem", .dropped, by: ann)
        try await ledger.change("r2", in: "mem", .done, by: ann)
    }

    private func at(_ day: Int64) -> Timestamp { Timestamp(milliseconds: day * 86_400_000) }

    private func titles(_ ledger: MemoryLedger, _ words: String = "tea") async throws -> [String] {
        try await ledger.readTables { try Reminders.titles(with: words, in: "mem", $0) }
    }

    private func clean() { try? FileManager.default.removeItem(at: folder) }

    // MARK: Reading

    @Test(arguments: Backend.allCases) func theLogShowsThem(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend)
        try await fill(ledger)
        var list = ListEvents()
        list.stream = "$reminders:mem/r1"
        let listed = try await list.run(in: OperationRequest(ledger))
        #expect(
            try listed.page.events.map { try ledger.events.words(of: $0) } == ["Buy green tea", "Buy black tea"])
        let data = try listed.document()["events"]?.array?.map { $0["data"]?.description }
        #expect(
            data == [#"{"title":"Buy green tea","due":172800000,"memory":"tea"}"#, #"{"title":"Buy black tea"}"#])
        #expect(try await ledger.unknownEvents().isEmpty)
        let bodies = try listed.page.events.compactMap { try ledger.events.body(of: $0) as? ReminderEvent }
        #expect(bodies.last == .retitled("Buy black tea"))
        let statistics = try await ShowStatistics(.now).run(in: OperationRequest(ledger)).document()
        #expect(statistics["modules"] == ["reminders": ["reminders": 2]])
        list = ListEvents()
        list.namespace = "mem"
        #expect(try await list.run(in: OperationRequest(ledger)).page.events.count == 7)
        await ledger.close()
    }

    @Test(arguments: Backend.allCases) func subscribersGetTypedEvents(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend)
        try await fill(ledger)
        var seen: [String] = []
        for try await change in ledger.subscribe(after: 0) {
            switch change.body {
            case let event as MemoryEvent:
                if case .added(let content, _) = event { seen.append(content.summary) }
            case let event as ReminderEvent: seen.append(event.words)
            default: break
            }
            if change.recorded.position == 5 { break }
        }
        #expect(seen == ["Likes tea", "Buy green tea", "Clean the teapot", "Water the plants", "Buy black tea"])
        await ledger.close()
    }

    @Test(arguments: Backend.allCases) func tablesAreBuiltAgainAsTheyWere(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend)
        try await fill(ledger)
        let digest = try await ledger.digest()
        #expect(digest.tables["reminders"] != nil && digest.tables["reminder_titles"] != nil)
        let report = try await ledger.rebuild(["reminders"])
        #expect(report.projections.map(\.name) == ["reminders"])
        #expect(try await ledger.digest() == digest)
        #expect(try await titles(ledger, "tea buy") == ["Buy black tea"])
        let verified = try await ledger.verifyProjections()
        #expect(verified.isEqual)
        await ledger.close()
    }

    @Test func rowsDependOnNothingButEvents() async throws {
        defer { clean() }
        let family = RemindersModule.family
        let first = ReminderEvent.set(Reminder(title: "Buy tea", due: at(1)))
        try await Scenario(clock: clock, modules: [RemindersModule()])
            .given(ScenarioEvent(family.stream("mem", "a"), first), ScenarioEvent(family.stream("mem", "b"), first))
            .when { try await $0.change("b", in: "mem", .done) }
            .thenEvents(ScenarioEvent(family.stream("mem", "b"), ReminderEvent.done))
            .thenIdempotent()
    }

    @Test(arguments: Backend.allCases) func thePastIsAsked(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend) { $0.snapshots = .off }
        try await fill(ledger)
        let then = try await ledger.asOf(.position(4))
        #expect(
            try await then.readTables { try Reminders.titles(with: "tea", in: "mem", $0) } == ["Buy green tea"])
        #expect(try await then.readTables { try Reminders.titles(with: "plants", in: "mem", $0) }.count == 1)
        #expect(try await titles(ledger, "plants") == [])
        #expect(try await !ledger.takeSnapshot().isEmpty)
        try await ledger.change("r1", in: "mem", .done)
        let before = try await ledger.asOf(.position(7))
        #expect(try await before.readTables { try Reminders.titles(with: "tea", in: "mem", $0) } == ["Buy black tea"])
        await ledger.close()
    }

    // MARK: Moving

    @Test(arguments: Backend.allCases) func anExportBringsThemElsewhere(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open()
        try await fill(ledger)
        var lines: [[UInt8]] = []
        try await ledger.exportEvents { lines.append($0) }
        let other = try await open(backend, "other")
        let report = try await other.importEvents(lines.async)
        #expect(report.imported == 7 && report.leftOut == 0)
        #expect(try await other.digest().tables == ledger.digest().tables)
        // What people write by hand has no payload.
        let written = try lines.map { line -> [UInt8] in
            guard var object = try JSONParser.parse(line).object, object["event_id"] != nil else { return line }
            object.remove("payload")
            return JSONValue.object(object).compactBytes + [10]
        }
        let third = try await open(backend, "third")
        try await third.importEvents(written.async)
        #expect(try await third.digest().tables == ledger.digest().tables)
        for ledger in [ledger, other, third] { await ledger.close() }
    }

    @Test func aLedgerWithoutTheModuleKeepsThem() async throws {
        defer { clean() }
        let ledger = try await open()
        try await fill(ledger)
        let digest = try await ledger.digest()
        await ledger.close()
        let without = try await open { $0.modules = [] }
        #expect(
            try await without.unknownEvents().map(\.type)
                == ["ReminderDone", "ReminderDropped", "ReminderRetitled", "ReminderSet"])
        try await without.add(MemoryKey(key: "coffee"), MemoryContent())
        await without.close()
        let again = try await open()
        try await again.delete(MemoryKey(key: "coffee"))
        #expect(try await again.digest().tables["reminders"] == digest.tables["reminders"])
        #expect(try await titles(again) == ["Buy black tea"])
        await again.close()
    }

    @Test(arguments: Backend.allCases) func oldEventsAreLifted(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend)
        let old = NewEvent(
            id: RandomEventIDs().next(at: clock.now()), type: ReminderEvent.Name.set, schemaVersion: 1,
            payload: Array(#"{"title":"Old tea","due":86400}"#.utf8))
        _ = try await ledger.log.append(to: RemindersModule.family.stream("mem", "old"), .any, [old])
        let due = try await ledger.readTables { try $0.integer("SELECT due FROM reminders") }
        #expect(due == 86_400_000)
        let event = try #require(try await ledger.log.event(at: 1))
        #expect(try ledger.events.json(of: event)["data"]?["due"] == 86_400_000)
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        await ledger.close()
    }

    // MARK: Undoing

    @Test(arguments: Backend.allCases) func whatOneDidIsTakenBack(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend)
        try await fill(ledger)
        let digest = try await ledger.digest().tables
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "tom", namespace: "mem")))
        // What tom made was dropped since.
        #expect(plan.events == 1 && plan.conflicts.isEmpty && plan.withoutEffect == 1)
        #expect(plan.otherChanges.map(\.stream) == ["$reminders:mem/r1"] && plan.changes.isEmpty)
        #expect(plan.json["changes"]?.array?.first?["after"]?["title"] == "Buy green tea")
        let report = try await ledger.undo(plan, by: ann)
        #expect(try await titles(ledger) == ["Buy green tea"])
        // And again, by the position of the event that did so.
        let undo = try #require(try await ledger.log.event(at: report.positions[0]))
        let retitled = try #require(try await ledger.log.event(at: 5))
        let error = await #expect(throws: MemoryLedgerError.self) {
            _ = try await ledger.planUndo(.events([retitled.id]))
        }
        #expect(error?.code == .cannotUndo)
        try await ledger.undo(try await ledger.planUndo(.events([undo.id])), by: ann)
        #expect(try await ledger.digest().tables == digest)
        await ledger.close()
    }

    @Test func laterWorkIsAConflict() async throws {
        defer { clean() }
        let ledger = try await open()
        try await fill(ledger)
        try await ledger.change("r1", in: "mem", .retitled("Buy white tea"), by: ann)
        try await ledger.change("r1", in: "mem", .postponed(due: at(9)), by: ann)
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "tom")))
        #expect(plan.conflicts.map(\.field) == ["title"] && plan.conflicts[0].changedBy?.position == 8)
        let reason = "The field title of $reminders:mem/r1 was changed since by ann at position 8."
        #expect(plan.conflicts[0].reason == reason)
        // All of it together leaves nothing.
        let all = try await ledger.planUndo(.matching(UndoFilter(since: .position(0))))
        #expect(all.conflicts.isEmpty)
        try await ledger.undo(all, by: ann)
        #expect(try await ledger.readTables { try $0.integer("SELECT count(*) FROM reminders") } == 0)
        #expect(try await ledger.get(tea) == nil)
        await ledger.close()
    }

    // MARK: Erasing

    @Test(arguments: [
        ErasureSelection.namespace("mem"), .stream(RemindersModule.family.stream("mem", "r1")), .user("eve"),
    ])
    func theirTextIsErased(_ selection: ErasureSelection) async throws {
        defer { clean() }
        let key = try MasterKey(bytes: Array(repeating: 7, count: 32))
        let ledger = try await open { $0.file.masterKey = key }
        try await ledger.protect("mem", by: ann)
        let secret = "Xylophone lessons"
        try await ledger.remind("r1", of: Reminder(title: secret, due: at(1), user: "eve"), in: "mem", by: ann)
        try await ledger.remind("r2", of: Reminder(title: "Buy tea", due: at(2)), in: "mem", by: ann)
        _ = try await ledger.takeSnapshot()
        let receipt = try await ledger.erase(selection, reason: "eve asked", by: ann)
        #expect(receipt.subjects.map(\.stream).contains("$reminders:mem/r1") && receipt.purgeProblem == nil)
        #expect(try await titles(ledger, "lessons") == [])
        #expect(try await titles(ledger) == (selection == .namespace("mem") ? [] : ["Buy tea"]))
        let then = try await ledger.asOf(.position(2))
        let past = try await then.readTables { tables in
            let find = try tables.statement("SELECT title FROM reminders WHERE id = 2")
            defer { find.reset() }
            return try find.step() ? find.text(0) : nil
        }
        #expect(past == "[erased]")
        #expect(try await ledger.verifyProjections().isEqual)
        await ledger.close()
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            #expect(try Data(contentsOf: file).range(of: Data("Xylophone".utf8)) == nil, "\(file.lastPathComponent)")
        }
    }

    @Test func whatWasDroppedOrIsOldIsErasedToo() async throws {
        defer { clean() }
        let key = try MasterKey(bytes: Array(repeating: 7, count: 32))
        let ledger = try await open { $0.file.masterKey = key }
        try await ledger.protect("mem", by: ann)
        let lessons = Reminder(title: "Xylophone lessons", due: at(1), user: "eve")
        try await ledger.remind("r1", of: lessons, in: "mem", by: ann)
        try await ledger.change("r1", in: "mem", .dropped, by: ann)
        let old = NewEvent(
            id: RandomEventIDs().next(at: clock.now()), type: ReminderEvent.Name.set, schemaVersion: 1,
            payload: Array(#"{"title":"Xylophone repairs","due":86400,"user":"eve"}"#.utf8))
        _ = try await ledger.log.append(to: RemindersModule.family.stream("mem", "r2"), .any, [old])
        let receipt = try await ledger.erase(.user("eve"), reason: "eve asked", by: ann)
        #expect(receipt.subjects.map(\.stream) == ["$reminders:mem/r1", "$reminders:mem/r2"])
        #expect(receipt.purgeProblem == nil)
        #expect(try await ledger.verifyProjections().isEqual)
        // What was there before is not put back.
        try await ledger.remind("r1", of: Reminder(title: "Buy milk", due: at(1)), in: "mem", by: tom)
        let set = try #require(try await ledger.log.event(at: 6))
        try await ledger.undo(try await ledger.planUndo(.events([set.id])), by: ann)
        #expect(try await ledger.readTables { try $0.integer("SELECT count(*) FROM reminders") } == 0)
        let dropped = try #require(try await ledger.log.event(at: 3))
        let error = await #expect(throws: MemoryLedgerError.self) {
            _ = try await ledger.planUndo(.events([dropped.id]))
        }
        #expect(error?.code == .cannotUndo)
        await ledger.close()
        let without = try await open()
        let later = try await without.log.event(at: 7)
        #expect(throws: EventLogError.self) { _ = try later.map { try without.events.body(of: $0) } }
        await without.close()
    }

    @Test func anotherOneThatLooksTheSameIsNotTakenAway() async throws {
        defer { clean() }
        let ledger = try await open()
        let tea = Reminder(title: "Buy tea", due: at(1))
        try await ledger.remind("r", of: tea, in: "mem", by: tom)
        try await ledger.change("r", in: "mem", .dropped, by: ann)
        try await ledger.remind("r", of: tea, in: "mem", by: ann)
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "tom")))
        #expect(plan.events == 0 && plan.withoutEffect == 1 && plan.conflicts.isEmpty)
        // Texts differ by their bytes.
        try await ledger.change("r", in: "mem", .retitled("Cafe\u{301}"), by: ann)
        try await ledger.change("r", in: "mem", .retitled("Caf\u{e9}"), by: tom)
        try await ledger.undo(try await ledger.planUndo(.matching(UndoFilter(actor: "tom"))), by: ann)
        let title = try #require(
            try await ledger.readTables { tables in
                let find = try tables.statement("SELECT title FROM reminders")
                defer { find.reset() }
                return try find.step() ? find.text(0) : nil
            })
        #expect(Array(title.utf8) == Array("Cafe\u{301}".utf8))
        await ledger.close()
    }

    @Test func aLongChainOfCausesIsWalked() async throws {
        defer { clean() }
        let ledger = try await open()
        try await ledger.remind("r", of: Reminder(title: "a", due: at(1)), in: "mem", by: ann)
        let stream = RemindersModule.family.stream("mem", "r")
        let ids = RandomEventIDs()
        var cause: EventID?
        var first: EventID?
        for batch in 0..<20 {
            let events = try (0..<1_000).map { index -> NewEvent in
                let id = ids.next(at: clock.now())
                let body = ReminderEvent.retitled((batch * 1_000 + index).isMultiple(of: 2) ? "b" : "a")
                defer { cause = id }
                first = first ?? id
                return NewEvent(
                    id: id, type: body.type, payload: try body.payload(),
                    attribution: Attribution(actor: "tom", causationID: cause?.description))
            }
            _ = try await ledger.log.append(to: stream, .any, events)
        }
        let id = try #require(first)
        let error = await #expect(throws: MemoryLedgerError.self) { _ = try await ledger.planUndo(.events([id])) }
        #expect(error?.message.contains("has been undone already by tom at position 3") == true)
        await ledger.close()
    }

    @Test func whatComesFromOutsideTrapsNothing() async throws {
        defer { clean() }
        let ledger = try await open()
        let payload = Data(#"{"title":"x","due":9223372036854775807}"#.utf8).base64EncodedString()
        let line =
            #"{"stream":"$reminders:mem/x","type":"ReminderSet","schema_version":1,"#
            + #""event_id":"0199c2a8-1c00-7abc-8def-0123456789ab","payload":"\#(payload)"}"# + "\n"
        let small = Data(#"{"title":"x","due":1}"#.utf8).base64EncodedString()
        let other = line.replacing("$reminders:mem/x", with: "$other:mem/x").replacing(payload, with: small)
        let report = try await ledger.importEvents([Array(other.utf8)].async)
        #expect(report.leftOut == 1)
        let error = await #expect(throws: EventImportError.self) {
            _ = try await ledger.importEvents([Array(line.utf8)].async)
        }
        #expect(error?.code == .malformedLine)
        await ledger.close()
    }

    // MARK: Proving

    /// Who has the module can hold what a file of evidence says to a reader against what it proves.
    @Test func evidenceIsComparedByWhatTheModuleSays() async throws {
        defer { clean() }
        let ledger = try await open()
        try await fill(ledger)
        let request = OperationRequest(ledger, by: ann)
        let adopted = try await AdoptSigningKey(making: true).run(in: request)
        _ = try await SignCheckpoint().run(in: request)
        let made = try await MakeEvidence(EvidenceSelection(actor: "tom")).run(in: request)
        let altered = Array(String(decoding: made.html, as: UTF8.self).replacing("Buy black", with: "Buy white").utf8)
        func check(_ html: [UInt8], _ catalogue: EventCatalogue = .builtIn) throws -> EvidenceCheck {
            let checked = CheckedFiles([(name: "tom", bytes: html)], trusting: [adopted.key], knowing: catalogue)
            guard case .evidence(let check)? = checked.checks.first?.check else { throw CancellationError() }
            return check
        }
        let known = try check(made.html, ledger.events)
        #expect(known.verdict == .verified && known.uncompared == 0 && known.counts.events == 2)
        #expect(try check(altered, ledger.events).verdict == .wrong)
        // Others are told that they could not compare it.
        for html in [made.html, altered] { #expect(try check(html).uncompared == 2) }
        await ledger.close()
    }

    // MARK: Calling

    @Test(arguments: Backend.allCases) func operationsAreCalledByName(_ backend: Backend) async throws {
        defer { clean() }
        let ledger = try await open(backend)
        let catalogue = try OperationCatalogue(of: ledger)
        let request = OperationRequest(ledger, by: ann)
        let arguments: JSONObject = ["id": "r1", "title": "Buy tea", "due": 1_000]
        _ = try await catalogue.call("reminder.set", arguments, in: request)
        let error = await #expect(throws: MemoryLedgerError.self) {
            _ = try await catalogue.call("reminder.set", arguments, in: request)
        }
        #expect(error?.code == .alreadyExists)
        let found = try await catalogue.call("reminder.find", ["words": "tea"], in: request)
        #expect(found == ["titles": ["Buy tea"]])
        _ = try await catalogue.call("reminder.finish", ["id": "r1"], in: request)
        #expect(try await catalogue.call("reminder.find", ["words": "tea"], in: request) == ["titles": []])
        let erasing = await #expect(throws: EventLogError.self) {
            _ = try await catalogue.call("erasure.plan", ["stream": "$reminders:mem/r1"], in: request)
        }
        #expect(erasing.map { [.notEncrypted, .unsupported].contains($0.code) } == true)
        #expect(OperationCatalogue.standard["reminder.set"] == nil && catalogue["memory.add"] != nil)
        await ledger.close()
    }

    @Test func modulesThatDoNotGoTogetherAreRefused() async throws {
        defer { clean() }
        let error = await #expect(throws: MemoryLedgerError.self) {
            _ = try await open { $0.modules = [RemindersModule(), RemindersModule()] }
        }
        #expect(error?.message == "Two modules are called reminders; give each a name of its own.")
        let ledger = try await open()
        let wrong = await #expect(throws: MemoryLedgerError.self) {
            try await ledger.commit(to: StreamFamily("other").stream("mem", "x")) { _ in [ReminderEvent.done] }
        }
        #expect(wrong?.code == .invalidArgument)
        await ledger.close()
        let without = try await open { $0.modules = [] }
        let unknown = await #expect(throws: MemoryLedgerError.self) {
            try await without.commit(to: RemindersModule.family.stream("mem", "x")) { _ in [ReminderEvent.done] }
        }
        #expect(unknown?.code == .invalidArgument)
        await without.close()
    }
}

extension [[UInt8]] {
    fileprivate var async: AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for line in self { continuation.yield(line) }
            continuation.finish()
        }
    }
}
