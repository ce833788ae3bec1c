import EventLog
import Foundation
import LedgerCapabilities
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// A ledger in which much happens by chance to texts of few words.
struct SearchedLedger {
    private var random: SeededGenerator
    let test: TestLedger
    /// Memories that were given another status here.
    private(set) var hidden: Set<MemoryKey> = []
    /// Statuses change.
    var hides = true
    /// Otherwise it goes back at times.
    var isClockSteady = true
    /// Each text has a word that no other has.
    var marksTexts = false

    private static let words = ["green", "black", "tea", "coffee", "té", "TEA", "ui/login-v2", "量子计算基础", "计算", "后50条"]
    static let namespaces = ["mem", "other"]
    private static let keys = namespaces.flatMap { namespace in
        (0..<9).map { MemoryKey(namespace: namespace, key: "k\($0)") }
    }

    init(seed: UInt64, test: TestLedger) { (random, self.test) = (SeededGenerator(seed: seed), test) }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    private mutating func text() -> String {
        var words = (0..<below(6)).map { _ in Self.words[below(Self.words.count)] }
        if marksTexts { words.append(Self.mark + String((0..<16).map { _ in Self.letters[below(26)] })) }
        return words.joined(separator: " ")
    }

    private static let mark = "zq"
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz")

    /// What a file has of a word that no other text has. An index leaves out what a word begins with as the one before.
    static func needle(_ word: String) -> [UInt8] { Array(word.utf8.dropFirst(6)) }

    mutating func write(_ commands: Int) async throws {
        for _ in 0..<commands {
            test.clock.advance(Int64(below(5_000)) - (isClockSteady || below(4) > 0 ? 0 : 20_000))
            do { try await command() } catch is MemoryLedgerError {
                // The key is taken or holds nothing: another command comes.
            }
        }
    }

    private mutating func command() async throws {
        let (ledger, key) = (test.ledger, Self.keys[below(Self.keys.count)])
        let sources: [Provenance.Source] = [.init(.tool, "web"), .init(.user, "ada")]
        let source = below(3) == 0 ? Provenance(source: sources[below(2)], trust: below(100)) : nil
        let content = MemoryContent(
            summary: text(), text: text(), type: ["fact", "decision"][below(2)],
            keywords: ["cup", "pot", "green"].filter { _ in below(3) == 0 })
        switch below(20) {
        case 0..<7:
            try await ledger.add(key, content, from: source)
            hidden.remove(key)
        case 7..<10:
            try await ledger.put(key, content, from: source)
            hidden.remove(key)
        case 10..<14: try await ledger.update(key, MemoryChange(text: text()), from: source)
        case 14..<16:
            let other = "k\(below(9))"
            try await ledger.rename(key, to: other)
            if hidden.remove(key) != nil { hidden.insert(MemoryKey(namespace: key.namespace, key: other)) }
        case 16:
            try await ledger.delete(key)
            hidden.remove(key)
        case 17:
            guard hides, let memory = try await ledger.get(key) else { return }
            var values = MemoryMetaValues(memory.meta)
            values.status = [.active, .cold, .deprecated][below(3)]
            try await ledger.setMeta(key, values)
            if values.status == .active {
                hidden.remove(key)
            } else if values.status != memory.meta.status {
                hidden.insert(key)
            }
        case 18: try await ledger.quarantine(.source(.init(.tool, "web")), reason: "chance")
        default: try await ledger.release(.source(.init(.tool, "web")))
        }
    }
    /// Erases what chance names, if there is something.
    ///
    /// - Returns: the words that only erased texts had, and where they were found before.
    mutating func erase() async throws -> (erased: Set<String>, before: [String]) {
        let (ledger, key) = (test.ledger, Self.keys[below(Self.keys.count)])
        let selections: [ErasureSelection] = [
            .namespace(key.namespace), .user("ada"), .stream(MemoryStream.name(key)), .memory(key), .memory(key),
        ]
        let selection = selections[below(selections.count)]
        do {
            let plan = try await ledger.planErasure(selection)
            let keys = Set(plan.keys)
            let events = try await ledger.events().filter { $0.protection.key.map(keys.contains) ?? false }
            var words: Set<String> = []
            for event in events {
                let payload = String(decoding: event.payload, as: UTF8.self)
                words.formUnion(payload.matches(of: /zq[a-z]{16}/).map { String($0.0) })
            }
            let before = try test.search.findings(words.sorted().map(Self.needle))
            let receipt = try await ledger.erase(selection, reason: "chance")
            #expect(receipt.purgeProblem == nil)
            for subject in receipt.subjects where subject.isCurrent {
                if let memory = MemoryStream.memory(subject.stream) { hidden.remove(memory) }
            }
            return (words, before)
        } catch let error as EventLogError where error.code == .erased {
            return ([], [])
        } catch let error as MemoryLedgerError where error.code == .notFound {
            return ([], [])
        }
    }
}
