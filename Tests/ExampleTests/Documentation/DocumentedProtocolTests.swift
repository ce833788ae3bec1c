import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: what the documentation shows of the Model Context Protocol holds. Method: it is compiled, and run.
@Suite struct DocumentedProtocolTests {
    @Test func whatIsShownRuns() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let caller = Caller(Attribution(actor: "assistant"), .everything)
        #expect(try await ProtocolExamples.health(ledger, by: caller).status == 200)
        let service = try MCPService(
            ledger, sessions: KVSessions(clock: ledger.options.clock), options: try ProtocolExamples.options())
        var written: [[UInt8]] = []
        let ping = Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8)
        try await ProtocolExamples.line(service, ping, by: caller) { written.append($0) }
        #expect(try written.map { try JSONParser.parse($0)["result"] } == [[:]])
        await ledger.close()
    }
}

private enum ProtocolExamples {
    static func health(_ ledger: MemoryLedger, by caller: Caller) async throws -> ServiceAnswer {
        let sessions = KVSessions(clock: ledger.options.clock)
        let service = try MCPService(ledger, sessions: sessions)
        let answer = await service.answer(ServiceRequest("GET", "/health", by: caller))
        return answer
    }

    static func options() throws -> MCPOptions {
        var options = MCPOptions()
        options.tools = [.memory, .history]
        options.namespace = "research"
        let sets = try MCPToolSet.sets("memory,history")
        #expect(sets == options.tools)
        return options
    }

    static func line(
        _ service: MCPService, _ line: [UInt8], by caller: Caller, write: ([UInt8]) throws -> Void
    ) async throws {
        let connection = MCPConnection(service, by: caller)
        switch connection.receive(line) {
        case .nothing: break
        case .answer(let bytes): try write(bytes)
        case .work(let work): try await work.answer { try write($0) }
        }
    }
}
