import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: clients of the old program's HTTP API notice nothing. Method: every row of its contract, for both versions:
/// by the service alone, and by the real program over a socket.
@Suite struct HTTPContractTests {
    private static let owner = Caller(Attribution(actor: "owner"), .everything)

    private struct Service: ContractServer {
        let routes: CompatibleRoutes

        func answer(_ step: ContractStep, body: String) async throws -> ContractAnswer {
            let parts = step.path.split(separator: "?", maxSplits: 1).map(String.init)
            let query = parts.count > 1 ? parts[1] : nil
            let answer = await routes.answer(
                ServiceRequest(step.method, parts[0], query: query, body: Array(body.utf8), by: owner))
            return ContractAnswer(
                status: answer.status, type: answer.headers["content-type"],
                text: String(decoding: answer.body, as: UTF8.self))
        }
    }

    private struct Socket: ContractServer {
        let connection: TestConnection

        func answer(_ step: ContractStep, body: String) async throws -> ContractAnswer {
            let answer = try await connection.request(step.method, step.path, body, headers: step.headers)
            #expect(answer.headers.keys.allSatisfy { !$0.hasPrefix("access-control") })
            return ContractAnswer(
                status: answer.status, type: answer.headers["content-type"], text: answer.text)
        }
    }

    private static func cases(_ version: CompatibleService.Version?) -> [ContractCase] {
        HTTPContract.all.filter { $0.versions.contains(version) }
    }

    @Test(arguments: [CompatibleService.Version?.none, .one, .two]) func theServiceAnswersSo(
        version: CompatibleService.Version?
    ) async throws {
        #expect(Set(HTTPContract.all.map(\.name)).count == HTTPContract.all.count)
        let ledger = try await MemoryLedger.inMemory()
        let sessions = KVSessions(clock: ledger.options.clock)
        let routes = CompatibleRoutes(CompatibleService(ledger, sessions: sessions, version: version))
        for row in Self.cases(version) {
            try await row.run(on: Service(routes: routes), version)
            try await row.check(in: ledger)
        }
        await ledger.close()
    }

    @Test(arguments: [([], CompatibleService.Version?.none), (["--compat", "1"], .one), (["--compat", "2"], .two)])
    func theProgramAnswersSo(options: [String], version: CompatibleService.Version?) async throws {
        let server = try await RunningServer(options)
        let connection = try await server.connect()
        for row in Self.cases(version) { try await row.run(on: Socket(connection: connection), version) }
        try await server.stop()
        let ledger = try await MemoryLedger.open(at: server.ledger)
        for row in Self.cases(version) { try await row.check(in: ledger) }
        await ledger.close()
    }
}
