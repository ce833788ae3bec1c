import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: what the documentation shows of the service holds. Method: it is compiled, and run on a ledger that knows of
/// tea.
@Suite struct DocumentedServiceTests {
    @Test func whatIsShownRuns() async throws {
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
        let caller = Caller(Attribution(actor: "assistant"), AccessGrant(.read, namespaces: ["mem"]))
        #expect(try await ServiceExamples.calls(ledger, by: caller).content.summary == "Likes green tea")
        let answer = await ServiceExamples.routes(ledger, KVSessions(clock: SystemTimeSource()), [], by: caller)
        #expect(answer.status == 400)
        await ledger.close()
    }
}

private enum ServiceExamples {
    static func calls(_ ledger: MemoryLedger, by caller: Caller) async throws -> LinkedMemory {
        let service = CompatibleService(ledger, sessions: KVSessions(clock: SystemTimeSource()))
        let session = try service.openSession(namespace: "mem", by: caller)
        let tea = try await service.get("tea", sortLinks: nil, in: .session(session), by: caller)
        return tea
    }

    static func routes(
        _ ledger: MemoryLedger, _ sessions: KVSessions, _ body: [UInt8], by caller: Caller
    ) async -> ServiceAnswer {
        let routes = CompatibleRoutes(CompatibleService(ledger, sessions: sessions))
        let answer = await routes.answer(ServiceRequest("POST", "/login", body: body, by: caller))
        return answer
    }
}
