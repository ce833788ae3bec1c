import EventLog
import Testing

/// Goal: a log that needs actors takes nothing without one. Method: a table of contexts, alone and among others.
@Suite struct ActorConformanceTests {
    private static let nobody: [String?] = [nil, " ", "  "]

    @Test(arguments: LogKind.allCases, nobody)
    func anEventByNobodyIsRefusedWithAllThatComesWithIt(kind: LogKind, actor: String?) async throws {
        let test = try TestLog(kind, requireActor: true)
        let named = test.event(context: EventContext(actor: "ada"))
        let unnamed = test.event(context: EventContext(actor: actor, correlationID: "request"))
        for appends in [
            [StreamAppend("s", events: [unnamed])],
            [StreamAppend("s", events: [named]), StreamAppend("t", events: [named, unnamed])],
        ] {
            let error = await #expect(throws: EventLogError.self) { _ = try await test.log.append(appends) }
            #expect(error?.code == .actorRequired && error?.message.contains("say who acts") == true)
        }
        #expect(try await test.log.head() == 0)
        _ = try await test.log.append(to: "s", [named])
        #expect(try await test.log.head() == 1)
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func withoutTheOptionNobodyMayAppend(kind: LogKind) async throws {
        let test = try TestLog(kind)
        _ = try await test.log.append(to: "s", test.events(1))
        #expect(try await test.log.head() == 1)
        await test.close()
    }
}
