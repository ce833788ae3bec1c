import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

@testable import LedgerServer

/// Goal: what may read as much as the ledger has is ended when the time of a request is over; nothing else is, since
/// what it does would be done in part. Method: handlers that wait until they are ended, under a limit that is over at
/// once.
@Suite struct RequestTimeTests {
    private static let ended = ServiceAnswer(status: 503)
    private static let answered = ServiceAnswer(status: 200)

    private static func handlers(waitingMilliseconds milliseconds: Int) -> ServerResponder.Handlers {
        let wait: @Sendable (ServiceRequest) async -> ServiceAnswer = { _ in
            do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return ended }
            return answered
        }
        return ServerResponder.Handlers(api: wait, mcp: wait)
    }

    private static func status(_ route: Route, bodyBytes: Int = 2, waiting: Int) async throws -> Int {
        let caller = Caller(Attribution(), .everything)
        let request = ServiceRequest("POST", "/", body: Array(repeating: 0x20, count: bodyBytes), by: caller)
        return try await handlers(waitingMilliseconds: waiting).answer(request, route, within: .zero).status
    }

    @Test func searchesAndToolsAreEnded() async throws {
        for route in [Route.compatible(.search), .compatible(.fulltext), .mcp] {
            #expect(try await Self.status(route, waiting: 60_000) == Self.ended.status, "\(route)")
        }
        // Whatever its path, a body that is long is not read on a connection's event loop.
        let bytes = ServerResponder.Handlers.maximumLoopBodyBytes + 1
        #expect(try await Self.status(.compatible(.add), bodyBytes: bytes, waiting: 60_000) == Self.ended.status)
    }

    @Test func othersAreNot() async throws {
        for route in Route.all where !route.mayTakeLong {
            #expect(try await Self.status(route, waiting: 20) == Self.answered.status, "\(route)")
        }
    }
}
