import EventLog
import EventLogTesting
import Foundation
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// Goal: what is asked for wrongly is refused by a typed error that names the argument; what fails has a declared code.
/// Method: a table of calls by JSON.
@Suite struct OperationErrorTests {
    struct Case: Sendable, CustomStringConvertible {
        var name: String
        var json: JSONObject
        var code: OperationErrorCode
        /// The argument, or nil if it is the ledger that refuses.
        var argument: String?
        var message: String

        init(_ name: String, _ json: JSONObject, _ code: OperationErrorCode, _ argument: String?, _ message: String) {
            self.name = name
            self.json = json
            self.code = code
            self.argument = argument
            self.message = message
        }

        var description: String { "\(name) \(JSONValue.object(json))" }
    }

    static let cases: [Case] = [
        Case("memory.add", [:], .invalidArgument, "key", "key is missing."),
        Case("memory.add", ["key": 7], .invalidArgument, "key", "key is a string, not 7."),
        Case(
            "memory.add", ["key": "k", "links": [["type": "bug"]]], .invalidArgument, "links[0].term",
            "links[0].term is missing."),
        Case(
            "memory.add", ["key": "k", "links": [["type": "b", "term": "t", "weight": 1.5]]], .invalidArgument,
            "links[0].weight", "links[0].weight is a number from 0 to 1, not 1.5."),
        Case(
            "memory.add", ["key": "k", "links": [["type": "b", "term": "t", "x": 1]]], .invalidArgument,
            "links[0].x", "links[0].x is no argument of this operation; known are type, key, term, weight."),
        Case(
            "memory.add", ["key": "k", "keywords": ["a", nil]], .invalidArgument, "keywords[1]",
            "keywords[1] is a string, not null."),
        Case(
            "memory.add", ["key": "k", "source": "web"], .invalidArgument, "source",
            "source is kind:name, the kind being user, tool, import, model or other, not \"web\"."),
        Case(
            "memory.add", ["key": "k", "trust": 101], .invalidArgument, "trust",
            "trust is a whole number from 0 to 100, not 101."),
        Case(
            "memory.update", ["key": "tea", "text": "t", "derived_from": ["mem:tea"]], .invalidArgument, "derived_from",
            "tea cannot be derived from itself; name other memories by derived_from."),
        Case(
            "memory.add", ["key": "tea"], .memory(.alreadyExists), nil, "There is a memory tea in namespace mem already"
        ),
        Case(
            "memory.update", ["key": "tea", "text": "t", "expected_version": 1], .memory(.conflict), nil,
            "is at version 2, not 1"),
        Case("memory.get", ["keys": ["none"]], .memory(.notFound), nil, "There is no memory none"),
        Case("memory.get", ["keys": []], .invalidArgument, "keys", "keys has 1 to 1000 members, not 0."),
        Case("memory.get", ["keys": ["tea"], "at": "99"], .log(.unknownMoment), nil, "The log has no position 99"),
        Case(
            "memory.get", ["keys": ["tea"], "at": "soon"], .invalidArgument, "at",
            "at is a position, an event's id, a time (RFC 3339) or a date, not \"soon\"."),
        Case(
            "memory.get", ["keys": ["tea"], "at": "1", "occurred": true], .invalidArgument, "occurred",
            "occurred needs a time in `at`."),
        Case(
            "memory.list", ["status": "gone"], .invalidArgument, "status",
            "status is one of active, cold, deprecated, deleted, not \"gone\"."),
        Case("memory.rename", ["old_key": "tea", "new_key": "mem:tea"], .memory(.sameKey), nil, "are the same"),
        Case("memory.unlink", ["from": "tea", "to": "x"], .memory(.linkNotFound), nil, "no such link"),
        Case(
            "event.list", ["reads": true, "types": ["MemoryAdded"]], .invalidArgument, "reads",
            "reads excludes `types`."),
        Case(
            "event.list", ["stream": "mem/tea", "namespace": "mem"], .invalidArgument, "stream",
            "stream excludes `namespace`."),
        Case("event.explain", ["event": "2026-01-01"], .invalidArgument, nil, "A time is no event"),
        Case("event.undo", ["namespace": "mem"], .invalidArgument, "events", "Nothing is selected; give `events`"),
        Case(
            "event.undo", ["events": ["00000000-0000-7000-8000-000000000001"], "actor": "me"], .invalidArgument,
            "events", "events excludes `actor`"),
        Case(
            "event.undo", ["events": ["00000000-0000-7000-8000-000000000003"], "namespace": "mem"], .invalidArgument,
            "events", "no event of a memory in namespace mem"),
        Case(
            "event.undo", ["since": "0"], .invalidArgument, "all",
            "Nothing was undone, because it would undo events of 2 actors: me (4), importer (2). Give `all` to undo"),
        Case("quarantine.put", [:], .invalidArgument, "actor", "actor is missing; give it or `source`."),
        Case(
            "quarantine.put", ["actor": "a", "source": "tool:b"], .invalidArgument, "actor", "actor excludes `source`."),
        Case(
            "quarantine.put", ["source": "tool:page-9"], .memory(.alreadyQuarantined), nil, "There is a quarantine of"),
        Case("quarantine.release", ["actor": "a"], .memory(.notQuarantined), nil, "There is no quarantine of actor a"),
        Case("policy.set", [:], .invalidArgument, nil, "The policy stays as it is"),
        Case("erasure.plan", [:], .invalidArgument, "key", "Nothing is selected; give `key`, `namespace` or `user`."),
        Case(
            "erasure.plan", ["user": "a", "key": "k"], .invalidArgument, "user", "user excludes `key`."),
        Case(
            "erasure.carry_out", ["key": "tea", "reason": "r"], .log(.notEncrypted), nil, "unencrypted"),
        Case("erasure.carry_out", ["key": "tea"], .invalidArgument, "reason", "reason is missing."),
        Case("projection.rebuild", ["projections": ["x"]], .log(.unknownProjection), nil, "x"),
        Case(
            "projection.rebuild", ["on_difference": "x"], .invalidArgument, "on_difference",
            "on_difference is one of refuse, replace, ignore, not \"x\"."),
        Case("dead_letter.skip", [:], .invalidArgument, "all", "all is true, or else there are `positions`."),
        Case(
            "checkpoint.set", ["never": true, "every_events": 1], .invalidArgument, "never",
            "never excludes `every_events` and `every_seconds`."),
        Case(
            "checkpoint.set", ["folder": "copies"], .invalidArgument, "folder", "folder is a path from the root"),
        Case("dictionary.train", ["size": 1], .invalidArgument, "size", "size is a whole number from"),
    ]

    @Test(arguments: cases) func errorsNameWhatIsWrong(this: Case) async throws {
        let operation = try #require(OperationCatalogue.standard[this.name])
        let ledger = try await OperationExample.ledger()
        let count = try await ledger.recordedEvents().count
        let error = try #require(
            await #expect(throws: (any Error).self) {
                try await OperationCatalogue.standard.call(this.name, this.json, in: OperationRequest(ledger))
            })
        #expect("\(error)".contains(this.message), "\(error)")
        #expect((error as? OperationArgumentError)?.argument == this.argument)
        let code = OperationErrorCode(of: error)
        #expect(code == this.code)
        #expect(OperationErrorCode.common.contains(this.code) || operation.errors.contains(this.code))
        #expect(try await ledger.recordedEvents().count == count)
        await ledger.close()
    }

    @Test func anArgumentMayHaveAnotherName() throws {
        let error = OperationArgumentError("dry_run", before: "Give ", after: " first.")
        #expect(error.message(naming: "--dry-run") == "Give --dry-run first." && "\(error)" == "Give dry_run first.")
    }

    /// What takes a file says so of a log that is in none.
    @Test(
        arguments: [
            ("ledger.verify", [:]), ("checkpoint.list", [:]), ("dictionary.list", [:]), ("dictionary.train", [:]),
            ("protection.add", ["namespace": "mem"]), ("erasure.plan", ["key": "tea"]), ("key.list", [:]),
            ("proof.inclusion", ["event": "1"]),
        ] as [(String, JSONObject)])
    func whatALogDoesNotOfferIsDeclared(name: String, json: JSONObject) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "operations-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clock = FixedClock()
        let ledger = try await MemoryLedger.open(
            on: InMemoryEventLog(clock: clock), tables: folder.appending(path: "tables").path,
            options: MemoryLedgerOptions(clock: clock))
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent())
        let operation = try #require(OperationCatalogue.standard[name])
        let error = await #expect(throws: (any Error).self) {
            _ = try await OperationCatalogue.standard.call(name, json, in: OperationRequest(ledger))
        }
        #expect(error.flatMap { OperationErrorCode(of: $0) } == .log(.unsupported), "\(String(describing: error))")
        #expect(operation.errors.contains(.log(.unsupported)))
        await ledger.close()
    }
}
