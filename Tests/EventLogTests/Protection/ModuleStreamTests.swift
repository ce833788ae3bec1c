import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Synchronization
import Testing

/// Goal: the protection of a namespace covers the streams that modules have in it, and no others. Method: a table of
/// names; a log with such streams, whose file is searched, audited and changed past its triggers.
@Suite struct ModuleStreamTests {
    @Test(arguments: [
        ("$tasks:people/7", "people/"), ("$tasks:people/", "people/"), ("$tasks:/7", "/"), ("$:people/7", "people/"),
        ("$tasks:a:b/7", "a:b/"), ("$tasks:%24x/7", "%24x/"), ("$tasks:people/7/8", "people/"),
        // Those of no module.
        ("people/ada", "people/"), ("a:b/k", "a:b/"), ("$ledger/policy", "$ledger/"), ("$reads/a:b", "$reads/"),
        ("$reads/a:b/c", "$reads/"), ("$tasks:people", "$tasks:people"), ("$", "$"), ("", ""), ("plain", "plain"),
    ])
    func whatProtectsAStream(name: String, category: String) {
        #expect(StreamName(name).protectedCategory == category)
    }

    @Test(arguments: ["people", "a/b%", "$c", "", "é:ü"]) func namesAreMadeOfAnyNamespace(namespace: String) {
        let stream = StreamName(family: "to_do2", namespace: namespace, id: "x/7")
        #expect(stream.protectedCategory == StreamName.category(ofNamespace: namespace))
        #expect(stream.rawValue.hasPrefix("$to_do2:") && stream.rawValue.hasSuffix("/x/7"))
        #expect(StreamName.unescaped(StreamName.escaped(namespace)) == namespace)
    }

    private static let secret = Array("a secret of some length, which stands nowhere else".utf8)

    private func options() -> LedgerFileOptions {
        var options = LedgerFileOptions.test()
        options.masterKey = .test
        options.protection = ProtectionPolicy()
        return options
    }

    /// `people` is protected at position 2; event 1 is from before, 3 and 4 are encrypted, 5 is of another namespace.
    private func protectedLog(_ file: LogFile) async throws -> SQLiteEventLog {
        let log = try file.open(options())
        let task = StreamName(family: "tasks", namespace: "people", id: "1")
        _ = try await log.append(to: task, [file.event([1])])
        let protection = try NamespaceProtection(namespace: "people").newEvent(id: file.event([]).id)
        #expect(try await log.protect("people", saying: protection).isFirst)
        _ = try await log.append(to: task, [file.event(Self.secret)])
        _ = try await log.append(to: StreamName(family: "writers", namespace: "people", id: ""), [file.event([3])])
        _ = try await log.append(to: StreamName(family: "tasks", namespace: "others", id: "1"), [file.event([4])])
        return log
    }

    @Test func eventsOfModulesAreEncryptedWithTheirNamespace() async throws {
        let file = try LogFile()
        let log = try await protectedLog(file)
        let events = try await log.read(EventQuery(limit: 10)).events
        #expect(events.map(\.protection.key) == [nil, nil, 1, 2, nil])
        #expect(events[2].payload == Self.secret)
        #expect(try await log.verify(deep: true).damages == [])
        await log.close()
        let locked = try file.open()
        #expect(
            try await locked.read(EventQuery(limit: 10)).events.map(\.protection.isLocked) == [
                false, false, true, true, false,
            ])
        await expectError(.masterKeyMissing, "an append without the key") {
            _ = try await locked.append(
                to: StreamName(family: "notes", namespace: "people", id: "1"), [file.event([1])])
        }
        await locked.close()
    }

    /// What is appended behind an erasure, before the erasure has returned, is not encrypted with a key that it took.
    @Test func anAppendBehindAnErasureCanBeRead() async throws {
        let file = try LogFile()
        let log = try await protectedLog(file)
        let task = StreamName(family: "tasks", namespace: "people", id: "1")
        let erased = ErasedSubjects(
            subjects: [ErasedSubject(stream: task, keys: [1], isCurrent: true, user: nil)],
            reason: "asked", selection: "a task", part: 1, parts: 1, events: 1)
        let said = try LedgerEvent.subjectErased(erased).newEvent(id: file.event([]).id)
        let behind = Mutex<[Task<AppendResult, any Error>]>([])
        _ = try await log.erase { _ in
            let event = file.event(Self.secret)
            behind.withLock { $0.append(Task { try await log.append(to: task, [event]) }) }
            // Until it waits for its turn, mostly.
            Thread.sleep(forTimeInterval: 0.02)
            return (ErasureDecision(stream: LedgerEvent.Stream.erasures, parts: [.init(event: said, keys: [1])]), ())
        }
        for append in behind.withLock({ $0 }) { _ = try await append.value }
        let events = try await log.readStream(task, direction: .forwards, limit: 10).events
        #expect(events.map(\.protection.isErased) == [false, true, false])
        #expect(events.last?.payload == Self.secret)
        await log.close()
    }

    @Test func verifyFindsWhatStandsInPlain() async throws {
        let file = try LogFile()
        try await protectedLog(file).close()
        try RawSQLite.damage(
            file.path, "UPDATE events SET codec = 0, size = 5, payload = CAST('plain' AS BLOB) WHERE position = 3")
        let log = try file.open(options())
        let found = try await log.verify(deep: true).damages.filter { $0.kind == .damagedProtection }
        #expect(found.map(\.position) == [3] && found.first?.what.contains("is not encrypted") == true, "\(found)")
        await log.close()
    }

    @Test func anErasureOfTheNamespaceFindsThem() async throws {
        let file = try LogFile()
        let log = try await protectedLog(file)
        var found: [Position] = []
        try log.inErasureScope { scope in
            try scope.forEach(inCategory: "people/") { found.append($0.event.position) }
        }
        #expect(found == [1, 3, 4])
        await log.close()
    }
}
