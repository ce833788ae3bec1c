import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

@testable import EventLogTesting

/// Goal: events of a stream share a data key if they are protected for the same users, and only then. Method: appends
/// to a protected and to another stream, for users in any order; the log is read with the key, without it, and after
/// an erasure.
@Suite struct ProtectedUsersTests {
    private static let stream = StreamName(family: "blocks", namespace: "people", id: "agent/tea/notes")

    private func options(closing: Set<EventType> = []) -> LedgerFileOptions {
        var options = LedgerFileOptions.test()
        options.masterKey = .test
        options.protection = ProtectionPolicy(closingTypes: closing)
        return options
    }

    private func event(_ file: LogFile, for users: [String], type: EventType? = nil) -> NewEvent {
        var event = file.event([7])
        event.protectedFor = users
        if let type { event.type = type }
        return event
    }

    private func log(_ file: LogFile, closing: Set<EventType> = []) async throws -> SQLiteEventLog {
        let log = try file.open(options(closing: closing))
        let protection = try NamespaceProtection(namespace: "people").newEvent(id: file.event([]).id)
        _ = try await log.protect("people", saying: protection)
        return log
    }

    @Test func aSetOfUsersHasAKeyOfEachStream() async throws {
        let file = try LogFile()
        let log = try await log(file)
        let sets: [[String]] = [[], ["ann"], ["bob", "ann"], ["ann", "bob", "ann"], ["ann"], ["é"], ["e\u{301}"], []]
        for users in sets { _ = try await log.append(to: Self.stream, [event(file, for: users)]) }
        _ = try await log.append(to: "people/ada", [event(file, for: ["ann"])])
        _ = try await log.append(to: "other/ada", [event(file, for: ["ann"])])
        let events = try await log.read(EventQuery(limit: 20)).events.dropFirst()
        #expect(events.map(\.protection.key) == [1, 2, 3, 3, 2, 4, 5, 1, 6, nil])
        let named = [[], ["ann"], ["ann", "bob"], ["ann", "bob"], ["ann"], ["é"], ["e\u{301}"], [], ["ann"], []]
        #expect(events.map(\.protectedFor) == named)
        #expect(events.allSatisfy { $0.payload == [7] })
        #expect(try log.protectedUsers(of: Self.stream) == ["ann", "bob", "e\u{301}", "é"])
        #expect(try log.protectedUsers(of: "$blocks:people/agent/tea/note") == [])
        #expect(try await log.verify(deep: true).damages == [])
        await log.close()
        let locked = try file.open()
        let read = try await locked.read(EventQuery(limit: 20)).events.dropFirst()
        #expect(read.map(\.protectedFor) == named && read.first?.protection.isLocked == true)
        await locked.close()
    }

    @Test func anErasureOfAUserFindsTheirParts() async throws {
        let file = try LogFile()
        let log = try await log(file)
        for users in [["ann"], ["anna"], ["ann", "bob"], []] {
            _ = try await log.append(to: Self.stream, [event(file, for: users)])
        }
        let parts = try log.inErasureScope { try $0.parts(for: "ann") }
        #expect(parts.map(\.key) == [1, 3] && parts.allSatisfy { $0.stream == Self.stream })
        #expect(try log.inErasureScope { try $0.parts(for: "an") }.isEmpty)
        let outlines = try log.inErasureScope { try $0.outlines(of: Self.stream) }
        #expect(outlines.map(\.event.protectedFor) == [["ann"], ["anna"], ["ann", "bob"], []])
        let erased = ErasedSubjects(
            subjects: [ErasedSubject(stream: Self.stream, keys: [1, 3], isCurrent: true, user: "ann")],
            reason: "asked", selection: "user ann", part: 1, parts: 1, events: 2)
        let said = try LedgerEvent.subjectErased(erased).newEvent(id: file.event([]).id)
        _ = try await log.erase { _ in
            (ErasureDecision(stream: LedgerEvent.Stream.erasures, parts: [.init(event: said, keys: [1, 3])]), ())
        }
        let events = try await log.readStream(Self.stream, direction: .forwards, limit: 10).events
        #expect(events.map(\.protection.isErased) == [true, false, true, false])
        #expect(events.map(\.protectedFor) == [["ann"], ["anna"], ["ann", "bob"], []])
        #expect(try log.hasErased(Self.stream) && !log.hasErased("$blocks:people/agent/tea/note"))
        #expect(try log.protectedUsers(of: Self.stream) == ["anna"])
        // One who comes again gets another key.
        _ = try await log.append(to: Self.stream, [event(file, for: ["ann"])])
        #expect(try await log.event(at: log.head())?.protection.key == 5)
        let last = try await log.event(at: log.head() - 1)
        guard case .subjectErased(let read)? = try last.flatMap({ try LedgerEvent.decode($0) }) else {
            Issue.record("it is no erasure")
            return
        }
        #expect(read == erased)
        #expect(try await log.verify(deep: true).damages == [])
        await log.close()
    }

    /// What ends a subject ends the keys of all of its users.
    @Test func anotherSubjectHasOtherKeys() async throws {
        let file = try LogFile()
        let log = try await log(file, closing: ["Ended"])
        for users in [[], ["ann"]] { _ = try await log.append(to: Self.stream, [event(file, for: users)]) }
        _ = try await log.append(to: "$blocks:people/agent/tea/notes2", [event(file, for: ["ann"])])
        _ = try await log.append(to: Self.stream, [event(file, for: ["ann"], type: "Ended")])
        for users in [[], ["ann"]] { _ = try await log.append(to: Self.stream, [event(file, for: users)]) }
        _ = try await log.append(to: "$blocks:people/agent/tea/notes2", [event(file, for: ["ann"])])
        let events = try await log.read(EventQuery(limit: 20)).events.dropFirst()
        #expect(events.map(\.protection.key) == [1, 2, 3, 4, 5, 4, 3])
        await log.close()
    }

    @Test(arguments: [
        ([""], EventLogError.Code.invalidArgument), (["a\u{1f}b"], .invalidArgument),
        ([String(repeating: "x", count: 1_025)], .limitExceeded), ((0...256).map { "user \($0)" }, .limitExceeded),
    ])
    func whatCannotBeAUser(_ users: [String], _ code: EventLogError.Code) async throws {
        let file = try LogFile()
        let log = try file.open()
        let error = await #expect(throws: EventLogError.self) {
            _ = try await log.append(to: "s", [event(file, for: users)])
        }
        #expect(error?.code == code)
        let name = users.count > 1 ? "protectedUsers" : "labelBytes"
        #expect(code != .limitExceeded || error?.message.contains(name) == true)
        await log.close()
    }
}
