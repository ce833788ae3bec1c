import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: a caller that opens sessions without end keeps no other from having one. Method: two callers, one of whom
/// opens more than there is room for.
@Suite struct SessionOwnerTests {
    @Test func oneCallerPushesNoOtherOut() async throws {
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
        let sessions = KVSessions(clock: SystemTimeSource())
        let service = CompatibleService(ledger, sessions: sessions)
        let (mine, theirs) = (caller("me"), caller("them"))
        let session = try service.openSession(namespace: "mem", by: mine)
        for _ in 0...KVSessions.maximumSessions { _ = try service.openSession(namespace: "mem", by: theirs) }
        let found = try await service.get("tea", sortLinks: nil, in: .session(session), by: mine)
        #expect(found.content.summary == "Likes green tea")
        await ledger.close()
    }

    private func caller(_ actor: String) -> Caller {
        Caller(Attribution(actor: actor), AccessGrant(.read, namespaces: ["mem"]))
    }
}
