import AgentContext
import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MemoryLedger
import Projections
import SQLiteEventLog
import Synchronization

/// Does everything with a small ledger once, and reports each statement that SQLite was given, with its plan, as a line
/// of JSON. `--samples FOLDER` has scripts that make databases to migrate, `--folder FOLDER` is for what is written.
struct StatementRun {
    private let arguments: Arguments
    private let me = Attribution(actor: "me", correlationID: "request")
    private let key = MemoryKey.work("tea")

    init(_ arguments: Arguments) { self.arguments = arguments }

    private struct Line: Encodable {
        var sql: String
        var plan: [String]
    }

    func run() async throws {
        let sources = try makeSources()
        let seen = Seen()
        StatementPlans.observe { sql, plan in seen.add(sql, plan) }
        try await work(sources)
        let encoder = JSONEncoder()
        let lines = try seen.all.map { try encoder.encode(Line(sql: $0.key, plan: $0.value)) }
        let report = try arguments.text("report")
        try Data(lines.joined(separator: Data("\n".utf8))).write(to: URL(fileURLWithPath: report))
    }

    /// A statement has the plan with the most steps that it was given anywhere.
    private final class Seen: Sendable {
        private let plans = Mutex<[String: [String]]>([:])

        func add(_ sql: String, _ plan: [String]) {
            plans.withLock { plans in
                if plans[sql].map({ $0.count < plan.count }) ?? true { plans[sql] = plan }
            }
        }

        var all: [String: [String]] { plans.withLock { $0 } }
    }

    // MARK: The work

    private func work(_ sources: [String]) async throws {
        var options = MemoryLedgerOptions(readCounting: .batched(reads: 16, milliseconds: 50))
        options.file.masterKey = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        options.snapshots = .off
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.open(at: arguments.file, options: options)
        let keys = SigningKeyFile(path: try folder("signing-key"))
        _ = try ledger.log.inFile.makeSigningKey(in: keys)
        try await migrate(ledger, sources)
        try await change(ledger)
        try await read(ledger)
        try await followLinks(ledger)
        try await converse(ledger)
        try await lookBack(ledger)
        try await admit(ledger)
        try await protect(ledger)
        try await prove(ledger)
        try await maintain(ledger)
        try await erase(ledger)
        try await grow(ledger)
        try await copy(ledger)
        _ = try await ledger.setPolicy(LedgerPolicyChange(auditsReads: false), by: me)
        try await ledger.add(.work("linked"), MemoryContent(), by: me)
        await ledger.close()
        try await reopen(options)
    }

    private func folder(_ name: String) throws -> String { try arguments.text("folder") + "/" + name }

    /// A database of each kind that can be migrated.
    private func makeSources() throws -> [String] {
        let samples = try arguments.text("samples")
        let names = try FileManager.default.contentsOfDirectory(atPath: samples).filter { $0.hasSuffix(".sql") }
        return try names.sorted().map { name in
            let path = try folder(name + ".sqlite")
            try Data().write(to: URL(fileURLWithPath: path))
            let database = try PrivateDatabase(path)
            try database.sqlite.execute(String(contentsOfFile: samples + "/" + name, encoding: .utf8))
            return path
        }
    }

    private func migrate(_ ledger: MemoryLedger, _ sources: [String]) async throws {
        for source in sources {
            var migration = MigrationOptions()
            migration.isDryRun = true
            _ = try await ledger.migrate(from: source, options: migration, by: me)
            migration.isDryRun = false
            migration.backupFolder = try folder("")
            // The second time every row is known.
            for _ in 0..<2 { _ = try await ledger.migrate(from: source, options: migration, by: me) }
        }
        // By their whole keys: as a row made it, as it was overwritten since, and none.
        for _ in 0..<2 {
            _ = try await ledger.migrated(["with:colon", "nothing"], besides: "other") { _ in true }
            _ = try await ledger.formerlyMigrated("with:colon") { _ in true }
            try await ledger.put(MemoryKey(key: "with:colon"), MemoryContent(summary: "Over"), by: me)
        }
    }

    private func change(_ ledger: MemoryLedger) async throws {
        let links = [MemoryLink(type: "design", key: "cup", term: "taste", weight: 0.25)]
        let content = MemoryContent(domain: "food", summary: "Likes tea", text: "Green.", keywords: ["a"], links: links)
        try await ledger.add(key, content, by: me)
        let web = Provenance(source: .init(.tool, "web"), trust: 40, derivedFrom: [key])
        try await ledger.add(.work("cup"), MemoryContent(summary: "A cup"), from: web, by: me)
        try await ledger.addAll([(.work("x"), content), (.work("y"), content)], by: me)
        try await ledger.put(.work("y"), MemoryContent(summary: "Why"), from: web, by: me)
        try await ledger.update(key, MemoryChange(summary: "Likes green tea"), by: me)
        try await ledger.update(key, MemoryChange(links: []), from: web, by: me)
        // So many that their memory gets a mark.
        try await ledger.update(.work("y"), MemoryChange(domain: "food"), by: me)
        for round in 0..<200 { try await ledger.update(.work("y"), MemoryChange(text: "\(round)"), by: me) }
        let heavier = [MemoryLink(type: "design", key: "cup", term: "taste", weight: 0.5)]
        try await ledger.update(.work("x"), MemoryChange(links: heavier), by: me)
        try await ledger.link(key, MemoryLink(type: "bug", key: "x", term: "t", weight: 1), by: me)
        try await ledger.link(key, MemoryLink(type: "bug", key: "work:cup", term: "t", weight: 1), by: me)
        try await ledger.unlink(key, from: "x", by: me)
        try await ledger.rename(.work("x"), to: "z", by: me)
        try await ledger.delete(.work("z"), by: me)
        try await ledger.add(.work("x"), content, by: me)
        try await ledger.add(.work("work:pot"), MemoryContent(summary: "Another cup"), by: me)
        try await ledger.rename(.work("work:pot"), to: "mug", by: me)
        _ = try await ledger.access(key, by: me)
        _ = try await ledger.traverse(key, by: me)
        _ = try await ledger.content(accessing: key, through: key, by: me)
        try await ledger.flushReads()
        var values = MemoryMetaValues(
            createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
            lastLinkedAt: Timestamp(milliseconds: 3), accessCount: 4, traverseCount: 5, status: .active)
        for status in [MemoryStatus.cold, .active, .deprecated] {
            values.status = status
            try await ledger.setMeta(key, values, by: me)
        }
        try await ledger.delete(key, by: me)
        let deletion = try await ledger.log.read(EventQuery(direction: .backwards, limit: 1)).events[0]
        try await ledger.undo(ledger.planUndo(.events([deletion.id])), by: me)
        let service = KVMemoryService(ledger, by: me)
        _ = try service.addKVMemory("other")
        try await service.addMemory("other", "k", content)
        _ = try await service.getMemory("other", "k")
        try await service.updateMemory("other", "k", MemoryChange(text: "t"))
        try await service.updateKey("other", "k", "l")
        _ = try await service.traverseMemory("other", "l")
        _ = try await ledger.recordContext("session", memories: [ContextEntry(key, version: 1)], by: me)
        _ = try await ledger.setPolicy(LedgerPolicyChange(requiresActor: true, auditsReads: true), by: me)
        _ = try await ledger.setPolicy(LedgerPolicyChange(requiresActor: false), by: me)
    }

    private func read(_ ledger: MemoryLedger) async throws {
        let reader = ledger.reading(by: me)
        _ = try await reader.get(key)
        _ = try? await reader.get(.work("nothing"))
        _ = try await reader.namespaces()
        _ = try await reader.statistics()
        _ = try await ledger.digest()
        var queries = [MemoryQuery(), MemoryQuery(namespace: "work", limit: 1), MemoryQuery(onlyQuarantined: true)]
        queries.append(MemoryQuery(namespace: "work", domain: "food", type: "", status: .active))
        var filter = MemoryFilter()
        filter.anyKeywords = ["a", "b"]
        filter.allKeywords = ["a"]
        (filter.accessed.from, filter.changed.from) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 0))
        (filter.source, filter.leastTrust) = (.init(.tool, "web"), 1)
        queries.append(MemoryQuery(filter))
        queries.append(
            MemoryQuery(createdFrom: Timestamp(milliseconds: 0), createdThrough: Timestamp(milliseconds: 9_000)))
        for var query in queries {
            let page = try await reader.list(query)
            query.after = page.next
            if page.next != nil { _ = try await reader.list(query) }
        }
        let log = ledger.log
        _ = try await log.types()
        var filters = [EventFilter.all, EventFilter(streamPrefix: "work/"), EventFilter(types: ["MemoryAdded"])]
        filters += [EventFilter(actor: "me"), EventFilter(correlationID: "request"), EventFilter(namespace: "work")]
        for filter in filters {
            for direction in [ReadDirection.forwards, .backwards] {
                _ = try await log.read(EventQuery(filter, direction: direction, limit: 10))
            }
        }
        _ = try await log.version(of: "work/tea", at: 5)
        _ = try await ledger.unreadEvents()
    }

    /// With every condition and without any: each makes a statement of its own.
    private func followLinks(_ reading: some MemoryReading) async throws {
        for direction in LinkDirection.allCases {
            for filter in [
                LinkFilter(direction: direction), LinkFilter(direction: direction, types: ["bug"], leastWeight: 0.1),
            ] {
                for after in [String?.none, try await reading.neighbours(of: key, .init(filter, limit: 1))?.next] {
                    _ = try await reading.neighbours(of: key, .init(filter, limit: 1, after: after))
                }
                _ = try await reading.walk(from: key, LinkWalk(filter, showsLinks: true))
                _ = try await reading.path(from: key, to: "cup", filter)
                let hubs = try await reading.hubs(in: "work", filter, limit: 1)
                _ = try await reading.hubs(in: "work", filter, limit: 1, after: hubs.next)
                let components = try await reading.components(in: "work", filter, leastSize: 1, limit: 1)
                _ = try await reading.components(in: "work", filter, leastSize: 1, after: components.next)
            }
        }
        for isolated in [false, true] { _ = try await reading.orphans(in: "work", isolated: isolated) }
        let dangling = try await reading.danglingLinks(in: "work", limit: 1)
        _ = try await reading.danglingLinks(in: "work", after: dangling.next)
        _ = try await reading.bulkRead(key) { _ in true }
        try await search(reading)
    }

    private func search(_ reading: some MemoryReading) async throws {
        var filter = MemoryFilter(namespace: "work", domain: "food", type: "", status: .active)
        (filter.created.from, filter.changed.from) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 0))
        for search in [MemorySearch("tea cup"), MemorySearch("likes OR te*", limit: 1), MemorySearch("tea", filter)] {
            var search = search
            search.after = try await reading.search(search).next
            if search.after != nil { _ = try await reading.search(search) }
        }
        var compatible = CompatibleSearch(.words("tea cup"))
        _ = try await reading.find(compatible)
        compatible.session = "work"
        _ = try await reading.find(compatible)
        _ = try await reading.query(TableQuery("SELECT text FROM memories WHERE namespace = 'work' AND key = 'tea'"))
    }

    private func lookBack(_ ledger: MemoryLedger) async throws {
        _ = try await ledger.history(of: key, HistoryQuery(includesReads: true))
        _ = try await ledger.blame(key)
        let head = try await ledger.log.head()
        _ = try await ledger.diff(DiffQuery(from: .position(head - 20), namespace: "work", includesStatistics: true))
        _ = try await ledger.diff(DiffQuery(from: .position(0)))
        _ = try await ledger.diff(DiffQuery(from: .position(1), to: .position(head), memory: key))
        for position in head - 10...head { _ = try await ledger.explain(.position(position)) }
        let last = try await ledger.log.read(EventQuery(direction: .backwards, limit: 1)).events[0]
        for moment in [Moment.position(head - 5), .time(last.recordedAt), .occurred(last.occurredAt)] {
            let view = try await ledger.asOf(moment)
            for memory in [key, .work("y"), .work("work:pot"), .work("mug")] { _ = try await view.get(memory) }
            _ = try? await view.history(of: .work("y"))
            _ = try await view.list()
            _ = try await view.history(of: key)
            _ = try await view.blame(key)
            _ = try await view.statistics()
            _ = try await view.digest()
            try await search(view)
        }
        _ = try await ledger.previewQuarantine(.actor("me"))
        let web = Contributor.source(.init(.tool, "web"))
        _ = try await ledger.quarantine(web, reason: "bad", by: me)
        try await search(ledger)
        // Also where texts stood that have ended since.
        for position in stride(from: head, to: 1, by: -10) { try await search(ledger.asOf(.position(position))) }
        _ = try await ledger.list(MemoryQuery(onlyQuarantined: true))
        _ = try await ledger.quarantines()
        try await ledger.add(.work("more"), MemoryContent(), from: Provenance(derivedFrom: [.work("cup")]), by: me)
        _ = try await ledger.previewRelease(web)
        _ = try await ledger.release(web, reason: "good", by: me)
        for filter in [UndoFilter(correlationID: "request", since: .position(head - 8)), UndoFilter(actor: "me")] {
            let plan = try await ledger.planUndo(.matching(filter))
            _ = try await ledger.undo(plan, isPartial: true, by: Attribution(actor: "undoer"))
        }
    }

    private func admit(_ ledger: MemoryLedger) async throws {
        let request = AccessTokenRequest(.read, namespaces: nil)
        let made = try await ledger.createAccessToken(request, by: me)
        _ = try await ledger.accessToken(for: made.text.revealed, now: ledger.options.clock.now())
        _ = try await ledger.accessTokens()
        try await ledger.revokeAccessToken(made.token.id, by: me)
    }

    private func protect(_ ledger: MemoryLedger) async throws {
        _ = try await ledger.protect("people", by: me)
        for name in ["ada", "bob", "eve"] {
            let user = Provenance(source: .init(.user, name))
            try await ledger.add(.person(name), MemoryContent(summary: name), from: user, by: me)
        }
        try await ledger.rename(.person("bob"), to: "rob", by: me)
        let derived = Provenance(derivedFrom: [.person("ada")])
        try await ledger.add(.person("made"), MemoryContent(summary: "made"), from: derived, by: me)
        _ = try ledger.protectedNamespaces()
        _ = try await ledger.rotateMasterKey(
            to: MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount)))
    }

    private func prove(_ ledger: MemoryLedger) async throws {
        let keys = SigningKeyFile(path: try folder("signing-key"))
        let old = try await ledger.signCheckpoint(with: keys).signed
        try await ledger.add(.work("later"), MemoryContent(), by: me)
        let new = try await ledger.signCheckpoint(with: keys).signed
        let log = try ledger.log.inFile
        _ = try log.prove(2, in: new)
        _ = try log.proveConsistency(from: old, to: new)
        _ = try log.checkpoints()
        try await log.setCheckpointSettings(CheckpointSettings())
        _ = try log.checkpointSettings()
        _ = try await log.signingKeyChain()
        _ = try await log.rotateSigningKey(in: keys, id: ledger.options.ids.next(at: ledger.options.clock.now()))
        _ = try await ledger.evidence(for: EvidenceSelection(memory: key), in: new)
        _ = try await ledger.evidence(for: EvidenceSelection(actor: "me"), in: new)
        _ = try await ledger.positions(of: key, limit: 10)
    }

    private func maintain(_ ledger: MemoryLedger) async throws {
        _ = try await ledger.projections(withDigests: true)
        _ = try await ledger.rebuild()
        _ = try await ledger.verifyProjections()
        _ = try await ledger.rollBack()
        _ = try await ledger.rebuild(onDifference: .replace)
        _ = try await ledger.forgetFormerGenerations()
        _ = try await ledger.deadLetters()
        _ = try ledger.waitingDeadLetters()
        _ = try await ledger.skipDeadLetters()
        _ = try await ledger.retryDeadLetters()
        _ = try await ledger.takeSnapshot()
        _ = try ledger.snapshots()
        _ = try await ledger.dropSnapshots()
        for layout in LegacyLayout.allCases {
            let file = try folder("checkout-\(layout.rawValue).sqlite")
            _ = try await ledger.checkout(in: layout, to: file)
            _ = try await ledger.migrate(from: file, by: me)
        }
        let head = try await ledger.log.head()
        _ = try await ledger.checkout(at: .position(head - 1), to: folder("checkout.sqlite"))
        _ = try await ledger.log.inFile.verify(deep: true)
    }

    private func erase(_ ledger: MemoryLedger) async throws {
        _ = try await ledger.planErasure(.user("eve"))
        _ = try await ledger.erase(.memory(.person("ada")), includingDerived: true, reason: "asked for", by: me)
        _ = try? await ledger.history(of: .person("ada"))
        try await forgetContexts(ledger)
        _ = try await ledger.erase(.namespace("people"), reason: "asked for", by: me)
        _ = try await ledger.resumePurge()
        _ = try await ledger.log.inFile.verify(deep: true)
    }

    /// So that there are a segment of the index and a dictionary.
    private func grow(_ ledger: MemoryLedger) async throws {
        let ids = ledger.options.ids
        for round in 0..<10 {
            let events = (0..<4_000).map { index in
                NewEvent(
                    id: ids.next(at: ledger.options.clock.now()), type: "Grown",
                    payload: Array("{\"round\": \(round), \"index\": \(index), \"text\": \"much the same text\"}".utf8))
            }
            _ = try await ledger.log.append(to: StreamName("grown/\(round % 3)"), events)
            if round == 9 { _ = try await ledger.log.append(to: "grown/0", Array(events.prefix(1))) }
        }
        _ = try await ledger.log.inFile.trainDictionary(size: 4_096, sampleEvents: 2_000)
        _ = try await ledger.log.inFile.dictionaryInfos()
        try await read(ledger)
        try await followLinks(ledger)
        try await converse(ledger)
        _ = try await ledger.log.readStream("grown/1", from: 9_000, direction: .backwards, limit: 10)
        _ = try await ledger.log.version(of: "grown/1", at: 2_000)
        let id = try await ledger.log.read(EventQuery(limit: 1)).events[0].id
        _ = try await ledger.log.event(id: id)
        _ = try await ledger.log.inFile.verify()
    }

    private func copy(_ ledger: MemoryLedger) async throws {
        let backup = try folder("backup.sqlite")
        _ = try await ledger.backUp(to: backup, deep: true)
        var restore = RestoreOptions()
        restore.attribution = me
        _ = try await MemoryLedger.restore(backup, to: folder("restored.sqlite"), restore, options: ledger.options)
        var export: [[UInt8]] = []
        _ = try await ledger.exportEvents { export.append($0) }
        let other = try await MemoryLedger.open(at: folder("imported.sqlite"), options: ledger.options)
        _ = try await other.protect("people")
        _ = try await AgentContext(other, by: me).protectSessions()
        let chunks = AsyncStream<[UInt8]> { continuation in
            for chunk in export { continuation.yield(chunk) }
            continuation.finish()
        }
        _ = try await other.importEvents(chunks)
        await other.close()
    }

    /// As another process finds it, and one that may only read.
    private func reopen(_ options: MemoryLedgerOptions) async throws {
        var options = options
        for access in [LedgerFileOptions.Access.readWrite, .readOnly] {
            options.file.access = access
            let ledger = try await MemoryLedger.open(at: arguments.file, options: options)
            _ = try await ledger.list()
            if access == .readWrite {
                try await ledger.add(.work("last"), MemoryContent(), by: me)
                // Of a memory that no event has touched since the ledger was opened.
                try await ledger.link(.work("linked"), MemoryLink(type: "bug", key: "last", term: "t"), by: me)
            }
            await ledger.close()
        }
        // Without the master key, which the past is built around.
        options.file.masterKey = nil
        let locked = try await MemoryLedger.open(at: arguments.file, options: options)
        _ = try await locked.asOf(.position(locked.log.head())).list()
        await locked.close()
    }
}

extension MemoryKey {
    fileprivate static func work(_ key: String) -> MemoryKey { MemoryKey(namespace: "work", key: key) }
    fileprivate static func person(_ key: String) -> MemoryKey { MemoryKey(namespace: "people", key: key) }
}
