import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: what was said in a month is found without looking at the messages of other months, and in the order in which
/// it was said, whatever the clock did. Method: messages by chance beside a plain filter; and two years of a user and
/// of one session beside others, of which the pages of the file are counted that a question touches.
@Suite struct MessageSpanTests {
    @Test func spansAndRolesAreThoseOfAPlainFilter() async throws {
        let seed = UInt64.random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        var sessions: [MemoryKey] = []
        for user in ["eve", "eve", "tom"] {
            sessions.append(try await context.open(SessionRequest(user: user, role: "helper")).key)
        }
        var said: [(session: MemoryKey, role: SessionMessage.Role, at: Timestamp, content: String)] = []
        for number in 0..<300 {
            // Now and then the clock is put back.
            folder.clock.advance(by: .seconds(Int64.random(in: -50_000...200_000, using: &random)))
            let role = try #require(SessionMessage.Role.allCases.randomElement(using: &random))
            let session = try #require(sessions.randomElement(using: &random))
            _ = try await context.append(SessionMessage(role, "text \(number)"), to: session)
            said.append((session, role, folder.clock.now(), "text \(number)"))
        }
        for _ in 0..<200 {
            var query = RecallQuery(of: sessions[0])
            if Bool.random(using: &random) { query = RecallQuery(user: "eve") }
            query.roles = SessionMessage.Role.allCases.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
            let ends = (0..<2).map { _ in said[Int.random(in: 0..<said.count, using: &random)].at }.sorted()
            if Bool.random(using: &random) { query.from = ends[0] }
            if Bool.random(using: &random) { query.to = ends[1] }
            query.isOldestFirst = Bool.random(using: &random)
            query.limit = Int.random(in: 1...80, using: &random)
            let isOfUser = query.user != nil
            let wanted = said.filter { message in
                (isOfUser ? message.session != sessions[2] : message.session == sessions[0])
                    && (query.roles.isEmpty || query.roles.contains(message.role))
                    && (query.from.map { message.at >= $0 } ?? true) && (query.to.map { message.at <= $0 } ?? true)
            }.map(\.content)
            var found: [String] = []
            repeat {
                let page = try await ledger.messages(query)
                #expect(page.total == wanted.count, "seed \(seed): \(query)")
                found += page.messages.map(\.message.content)
                query.after = page.next
            } while query.after != nil
            #expect(found == (query.isOldestFirst ? wanted : wanted.reversed()), "seed \(seed): \(query)")
        }
        await ledger.close()
    }

    private static let months = 24
    private static let perMonth = 300

    /// A user's session of two years, in a ledger where others say as much.
    private func history(_ folder: ContextLedger) async throws -> (ledger: MemoryLedger, session: MemoryKey) {
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        let session = try await context.open(SessionRequest(user: "eve", role: "helper")).key
        let other = try await context.open(SessionRequest(user: "tom", role: "helper")).key
        let text = String(repeating: "word ", count: 40)
        for month in 0..<Self.months {
            folder.clock.set(TimeBucket.month.start(Int64(month), after: FixedClock.start))
            for key in [session, other] {
                let said = (0..<Self.perMonth).map { number in
                    let role = number % 10 == 0 ? SessionMessage.Role.system : .user
                    return SessionEvent.appended(SessionMessage(role, text, tokens: 40))
                }
                try await ledger.commit(to: StreamFamily("sessions").stream(key.namespace, key.key)) { _ in said }
            }
        }
        return (ledger, session)
    }

    /// Pages of the file that a question looks at: those that were in a cache, and those that were not.
    private func pages(_ ledger: MemoryLedger, _ ask: () async throws -> Void) async throws -> Int {
        let log = try #require(ledger.log as? any MeasuredLog)
        while true {
            let before = log.figures
            try await ask()
            let after = log.figures
            // What works in the background may open or close a connection in between; its pages are not the question's.
            guard after.openReaders == before.openReaders else { continue }
            return Int(after.cacheHits + after.cacheMisses) - Int(before.cacheHits + before.cacheMisses)
        }
    }

    @Test func onlyItsMonthsAreTouched() async throws {
        let folder = try ContextLedger()
        let (ledger, session) = try await history(folder)
        let month = TimeBucket.month.start(11, after: FixedClock.start)
        for var query in [RecallQuery(of: session), RecallQuery(user: "eve")] {
            _ = try await ledger.messages(query)
            (query.from, query.to) = (month, Timestamp(milliseconds: month.milliseconds + 1_000))
            for roles in [[], [SessionMessage.Role.system]] {
                query.roles = roles
                let asked = query
                let touched = try await pages(ledger) {
                    let page = try await ledger.messages(asked)
                    #expect(page.total == (roles.isEmpty ? Self.perMonth : Self.perMonth / 10))
                    #expect(page.messages.count == 20)
                }
                // A page has 20 messages. Of a role it looks at others of the month, 300 at most, not at 7,200.
                #expect(touched < (roles.isEmpty ? 200 : 1_000), "\(asked): \(touched) pages")
            }
            // All months together do touch more, so the count counts.
            query.from = FixedClock.start
            query.to = nil
            query.roles = []
            let all = query
            let touchedByAll = try await pages(ledger) {
                let total = try await ledger.messages(all).total
                #expect(total == Self.months * Self.perMonth)
            }
            #expect(touchedByAll > 50, "\(touchedByAll)")
            // How many there are of a role is known without looking at messages.
            query.from = nil
            query.roles = [.system]
            query.limit = 1
            let ofRole = query
            let touched = try await pages(ledger) {
                let total = try await ledger.messages(ofRole).total
                #expect(total == Self.months * Self.perMonth / 10)
            }
            #expect(touched < 150, "\(touched) pages")
        }
        await ledger.close()
    }

    /// Pages far from the ends of a session are found as quickly as the first.
    @Test func deepPagesAreFoundByTheirPlace() async throws {
        let folder = try ContextLedger()
        let (ledger, session) = try await history(folder)
        var query = RecallQuery(of: session)
        query.limit = 1_000
        for _ in 0..<3 { query.after = try await ledger.messages(query).next }
        query.limit = 20
        let deep = query
        query.after = nil
        let newest = query
        let touchedByFirst = try await pages(ledger) { _ = try await ledger.messages(newest) }
        let touched = try await pages(ledger) {
            let page = try await ledger.messages(deep)
            #expect(page.messages.first?.number == Int64(Self.months * Self.perMonth - 3_000))
        }
        #expect(touched <= touchedByFirst + 20, "\(touched) pages, and \(touchedByFirst) of the first")
        await ledger.close()
    }
}
