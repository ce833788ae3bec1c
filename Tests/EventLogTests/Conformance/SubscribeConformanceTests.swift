import EventLog
import Synchronization
import Testing

/// Goal: a subscription catches up, then follows, in order and without loss, and leaves nothing behind.
/// Method: one task consumes while another appends; what was consumed is compared with the log.
@Suite struct SubscribeConformanceTests {
    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func aSubscriptionCatchesUpAndThenFollows(kind: LogKind) async throws {
        let test = try TestLog(kind)
        for _ in 0..<10 { _ = try await test.log.append(to: "s", test.events(5)) }
        let consumer = Task {
            var positions: [Position] = []
            for try await event in test.log.subscribe(after: 7, pageSize: 9) {
                positions.append(event.position)
                if event.position == 150 { break }
            }
            return positions
        }
        for _ in 0..<100 { _ = try await test.log.append(to: "s", test.events(1)) }
        #expect(try await consumer.value == Array(8...150))
        #expect(test.waitingSubscribers == 0)
        await test.close()
    }

    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func aFilteredSubscriptionFollowsTheMatchesOnly(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let consumer = Task {
            var positions: [Position] = []
            for try await event in test.log.subscribe(EventFilter(types: ["Wanted"]), pageSize: 2) {
                positions.append(event.position)
                if positions.count == 20 { break }
            }
            return positions
        }
        for index in 1...100 {
            _ = try await test.log.append(to: "s", [test.event(index % 5 == 0 ? "Wanted" : "Other")])
            if index % 10 == 0 { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(try await consumer.value == (1...20).map { Position($0 * 5) })
        await test.close()
    }

    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func cancelledSubscriptionsEndAndLeaveNoWaiter(kind: LogKind) async throws {
        let test = try TestLog(kind)
        _ = try await test.log.append(to: "s", test.events(3))
        for _ in 0..<3 {
            let consumers = (0..<50).map { index in
                Task {
                    var count = 0
                    for try await _ in test.log.subscribe(after: index % 2 == 0 ? 0 : 3) { count += 1 }
                    return count
                }
            }
            #expect(try await eventually { test.waitingSubscribers == 50 })
            for consumer in consumers { consumer.cancel() }
            for (index, consumer) in consumers.enumerated() {
                #expect(try await consumer.value == (index % 2 == 0 ? 3 : 0))
            }
            #expect(test.waitingSubscribers == 0)
        }
        // Cancelled before it begins, and while it is about to wait.
        for _ in 0..<200 {
            let consumer = Task { for try await _ in test.log.subscribe(after: 3) {} }
            consumer.cancel()
            try await consumer.value
        }
        #expect(test.waitingSubscribers == 0)
        await test.close()
    }

    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func aSlowConsumerLosesAndReordersNothing(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let slow = Task {
            var positions: [Position] = []
            for try await event in test.log.subscribe(pageSize: 10) {
                positions.append(event.position)
                if event.position % 40 == 0 { try await Task.sleep(for: .milliseconds(3)) }
                if event.position == 1_000 { break }
            }
            return positions
        }
        for _ in 0..<100 { _ = try await test.log.append(to: "s", test.events(10)) }
        #expect(try await slow.value == Array(1...1_000))
        await test.close()
    }

    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func closingEndsWaitingSubscriptions(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let consumers = (0..<10).map { _ in Task { for try await _ in test.log.subscribe() {} } }
        #expect(try await eventually { test.waitingSubscribers == 10 })
        await test.close()
        for consumer in consumers { await expectError(.closed) { try await consumer.value } }
        #expect(test.waitingSubscribers == 0)
    }
}
