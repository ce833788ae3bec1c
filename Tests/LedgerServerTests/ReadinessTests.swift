import FaultLaboratory
import Foundation
import Logging
import MemoryLedger
import Synchronization
import Testing

@testable import LedgerServer

/// Goal: those who ask whether the server is ready hear of a ledger that is gone, learn nothing else, and cannot load
/// it. Method: looks that are counted under a clock that the test sets, and a file that is moved away from the real
/// program.
@Suite struct ReadinessTests {
    private final class Looks: Sendable {
        private let state = Mutex((count: 0, problems: [ReadinessProblem]()))

        var count: Int { state.withLock { $0.count } }
        func set(_ problems: [ReadinessProblem]) { state.withLock { $0.problems = problems } }

        func look() -> [ReadinessProblem] {
            state.withLock { state in
                state.count += 1
                return state.problems
            }
        }
    }

    @Test func theLedgerIsLookedAtOnceASecond() async {
        let looks = Looks()
        let readiness = Readiness(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) { looks.look() }
        let problem = ReadinessProblem(sentence: "gone", detail: "/a/path is gone")
        for now in [5, 6, 5 + Readiness.nanosecondsKept - 1] {
            #expect(await readiness.problems(at: now).isEmpty)
        }
        #expect(looks.count == 1)
        looks.set([problem])
        #expect(await readiness.problems(at: 4 + Readiness.nanosecondsKept).isEmpty)
        #expect(await readiness.problems(at: 5 + Readiness.nanosecondsKept) == [problem])
        #expect(looks.count == 2)
        looks.set([])
        #expect(await readiness.problems(at: 5 + 2 * Readiness.nanosecondsKept).isEmpty)
        #expect(looks.count == 3)
    }

    private enum Loss: CaseIterable {
        case moved, replaced
    }

    @Test(arguments: Loss.allCases) private func aLedgerThatIsGoneIsNoticed(loss: Loss) async throws {
        let server = try await RunningServer()
        let session = try await server.login()
        #expect(try await server.request("GET", "/readyz").text == "ready\n")
        try FileManager.default.moveItem(atPath: server.ledger, toPath: server.ledger + ".away")
        if loss == .replaced {
            try FileManager.default.copyItem(atPath: server.ledger + ".away", toPath: server.ledger)
        }
        var answer = try await server.request("GET", "/readyz")
        while answer.status == 200 {
            try await Task.sleep(for: .milliseconds(20))
            answer = try await server.request("GET", "/readyz")
        }
        #expect(answer.status == 503 && answer.text == "not ready: the ledger's file is not where it was\n")
        // What a client is not told stands in the log, under the request's id.
        let value: JSONValue = ["summary": "s", "text": ""]
        let body: JSONValue = ["session": .string(session), "key": "tea", "value": value]
        let failed = try await server.request("POST", "/add_memory", body.description)
        #expect(failed.status == 500 && !failed.text.contains(server.folder.path("")), "\(failed.text)")
        let id = try #require(failed.headers["x-request-id"])
        let lines = try server.log().filter { $0["request"]?.string == id }
        #expect(lines.contains { $0["error"]?.string?.contains("ledger.sqlite") == true }, "\(lines)")
        #expect(lines.contains { $0["message"]?.string == "Request" && $0["status"]?.string == "500" })
        #expect(try server.log().contains { $0["problem"]?.string?.contains("ledger.sqlite") == true })
        server.send(SIGTERM)
        _ = try await server.wait()
    }
}
