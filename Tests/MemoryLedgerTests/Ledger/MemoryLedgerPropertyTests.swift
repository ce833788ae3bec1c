import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: the ledger answers as a plain model does, and a rebuild changes nothing. Method: random commands on few keys
/// in three namespaces drive both, quarantines and releases among them; every read is compared; then the projections
/// are rebuilt, and the ledger is reopened.
@Suite(.onEveryBackend) struct MemoryLedgerPropertyTests {
    /// Seeds that never change, and one that is new in every run; `MEMLEDGER_SEED` repeats it.
    private static let seeds: [UInt64] = [
        1, 2, 3, 4, 5,
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
    ]

    @Test(arguments: seeds)
    func answersAsTheModelDoes(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var driver = try await Driver(seed: seed)
        for step in 0..<400 {
            try await driver.step()
            if step % 50 == 49 { try await driver.compare() }
            if step % 150 == 149 { try await driver.compareRebuilt() }
        }
        try await driver.reopen()
        try await driver.compare()
        await driver.test.ledger.close()
    }
}

private struct Driver {
    let seed: UInt64
    var random: SeededGenerator
    var model = ModelLedger()
    var test: TestLedger

    init(seed: UInt64) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        test = try await TestLedger.open()
    }

    private mutating func key() -> String { "k\(Int.random(in: 0..<12, using: &random))" }

    /// A key as it may be given, with its namespace's prefix or without.
    private mutating func given(in namespace: String) -> String {
        let key = key()
        return Int.random(in: 0..<3, using: &random) == 0 ? "\(namespace):\(key)" : key
    }

    private static let namespaces = ["mem", "mem:project", "a/b%"]
    private static let keys = namespaces.flatMap { namespace in
        (0..<12).map { MemoryKey(namespace: namespace, key: "k\($0)") }
    }

    private mutating func id() -> MemoryKey {
        let namespace = Self.namespaces[Int.random(in: 0..<3, using: &random)]
        return MemoryKey(namespace: namespace, key: given(in: namespace))
    }

    private mutating func said() -> RandomContributor { RandomContributor(&random, keys: Self.keys) }

    private mutating func link(_ namespace: String) -> MemoryLink {
        MemoryLink(
            type: ["design", "bug"][Int.random(in: 0..<2, using: &random)],
            key: Bool.random(using: &random) || Bool.random(using: &random) ? given(in: namespace) : nil,
            term: "t\(Int.random(in: 0..<3, using: &random))",
            weight: Double(Int.random(in: 0...10, using: &random)) / 10)
    }

    private mutating func content(_ namespace: String) -> MemoryContent {
        MemoryContent(
            domain: "d\(Int.random(in: 0..<3, using: &random))", summary: "é量子 \(random.next())",
            text: "line\n\"quoted\"",
            type: "decision", keywords: (0..<Int.random(in: 0..<3, using: &random)).map { "w\($0)\\" },
            links: (0..<Int.random(in: 0..<4, using: &random)).map { _ in link(namespace) })
    }

    mutating func step() async throws {
        test.clock.advance(Int64.random(in: 0..<5_000, using: &random))
        let (ledger, now) = (test.ledger, test.clock.now())
        let given = id()
        let id = model.meaning(of: given)
        let exists = model.memories[id] != nil
        switch Int.random(in: 0..<110, using: &random) {
        case 0..<15:
            let (content, said) = (content(id.namespace), said())
            if exists {
                await expect(.alreadyExists) { try await ledger.add(given, content) }
            } else {
                try await ledger.add(given, content, from: said.provenance, by: said.attribution)
                model.put(id, content, said, at: now)
            }
        case 15..<25:
            let (content, said) = (content(id.namespace), said())
            if isHeld(id) { return await expect(.quarantined) { try await ledger.put(given, content) } }
            try await ledger.put(given, content, from: said.provenance, by: said.attribution)
            model.put(id, content, said, at: now)
        case 106..<110: try await putExactly(given, now)
        case 100..<103:
            let contributor = said().contributor
            guard model.contributors.quarantine(contributor) else {
                return await expect(.alreadyQuarantined) { try await ledger.quarantine(contributor) }
            }
            try await ledger.quarantine(contributor)
        case 103..<106:
            let contributor = said().contributor
            guard model.contributors.release(contributor) else {
                return await expect(.notQuarantined) { try await ledger.release(contributor) }
            }
            try await ledger.release(contributor)
        case 25..<40: try await update(given, id)
        case 40..<50: try await rename(given, id)
        case 50..<58:
            guard exists else { return await expect(.notFound) { try await ledger.delete(given) } }
            try await ledger.delete(given)
            model.memories[id] = nil
        case 58..<66:
            let link = link(id.namespace)
            guard exists else { return await expect(.notFound) { try await ledger.link(given, link) } }
            if isHeld(id) { return await expect(.quarantined) { try await ledger.link(given, link) } }
            try await ledger.link(given, link)
            model.link(id, link)
        case 66..<72: try await unlink(given, id)
        case 72..<76: try await setMeta(given, id)
        default: try await read(given, id, now)
        }
    }

    /// A memory comes to be under a key with a prefix, as by an import.
    private mutating func putExactly(_ id: MemoryKey, _ now: Timestamp) async throws {
        let (content, said) = (content(id.namespace), said())
        if isHeld(id) { return }
        try await test.ledger.putExactly(id, content, from: said.provenance, by: said.attribution)
        model.put(id, content, said, at: now)
    }

    /// The memory is there, and held back.
    private func isHeld(_ id: MemoryKey) -> Bool { model.memories[id] != nil && model.contributors.isHeld(id) }

    private mutating func update(_ given: MemoryKey, _ id: MemoryKey) async throws {
        let (new, said) = (content(id.namespace), said())
        let change = MemoryChange(
            summary: Bool.random(using: &random) ? new.summary : nil, text: new.text,
            keywords: Bool.random(using: &random) ? new.keywords : nil,
            links: Bool.random(using: &random) ? new.links : nil)
        guard let old = model.memories[id] else {
            return await expect(.notFound) { try await test.ledger.update(given, change) }
        }
        if isHeld(id) { return await expect(.quarantined) { try await test.ledger.update(given, change) } }
        try await test.ledger.update(given, change, from: said.provenance, by: said.attribution)
        model.memories[id]?.content = change.applied(to: old.content)
        if let provenance = said.provenance {
            model.memories[id]?.provenance = provenance.changing(old.provenance)
        }
        model.contributors.change(id, said)
    }

    private mutating func rename(_ given: MemoryKey, _ id: MemoryKey) async throws {
        let key = self.given(in: id.namespace)
        let target = model.meaning(of: MemoryKey(namespace: id.namespace, key: key))
        let ledger = test.ledger
        if target == id { return await expect(.sameKey) { try await ledger.rename(given, to: key) } }
        guard model.memories[id] != nil else {
            return await expect(.notFound) { try await ledger.rename(given, to: key) }
        }
        if isHeld(id) { return await expect(.quarantined) { try await ledger.rename(given, to: key) } }
        if model.memories[target] != nil {
            return await expect(.alreadyExists) { try await ledger.rename(given, to: key) }
        }
        try await ledger.rename(given, to: key)
        model.rename(id, to: target.key)
    }

    private mutating func unlink(_ given: MemoryKey, _ id: MemoryKey) async throws {
        let key = self.given(in: id.namespace)
        guard let links = model.memories[id]?.content.links else { return }
        let ledger = test.ledger
        if isHeld(id) { return await expect(.quarantined) { try await ledger.unlink(given, from: key) } }
        let target = model.meaning(of: MemoryKey(namespace: id.namespace, key: key))
        let kept = links.filter { model.target(of: $0, in: id.namespace) != target }
        if kept.count == links.count {
            return await expect(.linkNotFound) { try await ledger.unlink(given, from: key) }
        }
        try await ledger.unlink(given, from: key)
        model.memories[id]?.content.links = kept
    }

    private mutating func setMeta(_ given: MemoryKey, _ id: MemoryKey) async throws {
        guard var meta = model.memories[id]?.meta, !isHeld(id) else { return }
        meta.status = .cold
        meta.accessCount = Int.random(in: 0..<50, using: &random)
        try await test.ledger.setMeta(given, MemoryMetaValues(meta))
        model.memories[id]?.meta = meta
    }

    private mutating func read(_ given: MemoryKey, _ id: MemoryKey, _ now: Timestamp) async throws {
        if isHeld(id) {
            let found = try await test.ledger.includingQuarantined.get(given)
            #expect(found?.unversioned == model.expected.first { $0.id == id }, "seed \(seed)")
            return try await same(test.ledger.access(given), id)
        }
        if Bool.random(using: &random) {
            model.memories[id]?.meta.accessCount += 1
            model.memories[id]?.meta.lastAccessedAt = now
            try await same(test.ledger.access(given), id)
        } else {
            model.memories[id]?.meta.traverseCount += 1
            model.memories[id]?.meta.lastLinkedAt = now
            try await same(test.ledger.traverse(given), id)
        }
        try await same(test.ledger.get(given), id)
    }

    private func same(_ found: Memory?, _ id: MemoryKey) {
        let expected = model.shown.first { $0.id == id }
        #expect(found?.unversioned == expected, "seed \(seed)")
    }

    private func expect(_ code: MemoryLedgerError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: MemoryLedgerError.self, "seed \(seed)") { try await body() }
        #expect(error?.code == code, "seed \(seed)")
    }

    func compare() async throws {
        #expect(try await test.ledger.all().map(\.unversioned) == model.shown, "seed \(seed)")
        let every = try await test.ledger.includingQuarantined.list(MemoryQuery(limit: MemoryQuery.maximumLimit))
        #expect(every.memories.map(\.unversioned) == model.expected, "seed \(seed)")
        for namespace in try await test.ledger.statistics().namespaces {
            let expected = model.statistics(namespace.namespace)
            #expect(
                (namespace.memories + namespace.quarantined, namespace.links, namespace.linksWithoutTarget)
                    == expected, "seed \(seed)")
            let held = model.memories.keys.filter {
                $0.namespace == namespace.namespace && model.contributors.isHeld($0)
            }
            #expect(namespace.quarantined == held.count, "seed \(seed)")
        }
    }

    func compareRebuilt() async throws {
        let before = try await test.ledger.digest()
        try await test.ledger.rebuild()
        #expect(try await test.ledger.digest() == before, "seed \(seed)")
        try await compare()
    }

    mutating func reopen() async throws {
        await test.ledger.close()
        test = try await TestLedger.open(in: test.folder, clock: test.clock, access: .readOnly)
    }
}

extension Memory {
    fileprivate var unversioned: Memory {
        var memory = self
        memory.version = 0
        return memory
    }
}
