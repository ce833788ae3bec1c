import EventLog
import Synchronization

/// A subscription catches up, then follows, in order and without loss, and leaves nothing behind. Method: one task
/// consumes while another appends; what was consumed is compared with the log.
enum SubscribeChecks {
    static let all = [
        ConformanceCheck(
            "aSubscriptionCatchesUpAndThenFollows", "A subscription catches up, then follows, in order, without loss.",
            aSubscriptionCatchesUpAndThenFollows),
        ConformanceCheck(
            "aFilteredSubscriptionFollowsTheMatchesOnly", "A subscription with a filter follows the matches only.",
            aFilteredSubscriptionFollowsTheMatchesOnly),
        ConformanceCheck(
            "cancelledSubscriptionsEndAndLeaveNoWaiter",
            "A subscription whose task is cancelled ends, and nothing goes on waiting.",
            cancelledSubscriptionsEndAndLeaveNoWaiter),
        ConformanceCheck(
            "aSlowConsumerLosesAndReordersNothing", "A slow consumer gets every event, in order.",
            aSlowConsumerLosesAndReordersNothing),
        ConformanceCheck(
            "closingEndsWaitingSubscriptions", "Closing the log ends subscriptions that wait with `closed`.",
            closingEndsWaitingSubscriptions),
    ]

    private static func aSubscriptionCatchesUpAndThenFollows(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
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
        try expect(try await consumer.value, equals: Array(8...150), "the positions consumed")
        try test.expectNoneWaits()
    }

    private static func aFilteredSubscriptionFollowsTheMatchesOnly(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
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
        try expect(
            try await consumer.value, equals: (1...20).map { Position($0 * 5) }, "the positions of the matches")
    }

    private static func cancelledSubscriptionsEndAndLeaveNoWaiter(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "s", test.events(3))
        for _ in 0..<3 {
            let seen = Tally()
            let consumers = (0..<50).map { index in
                Task {
                    var count = 0
                    for try await _ in test.log.subscribe(after: index % 2 == 0 ? 0 : 3) {
                        count += 1
                        seen.add(1)
                    }
                    return count
                }
            }
            // Those that begin at the start have 3 events each to see before they wait.
            try expect(try await eventually { seen.total == 75 }, "The subscribers never saw what is there.")
            try await test.waitUntilWaiting(50)
            for consumer in consumers { consumer.cancel() }
            for (index, consumer) in consumers.enumerated() {
                try expect(try await consumer.value, equals: index % 2 == 0 ? 3 : 0, "events that were consumed")
            }
            try test.expectNoneWaits()
        }
        // Cancelled before it begins, and while it is about to wait.
        for _ in 0..<200 {
            let consumer = Task { for try await _ in test.log.subscribe(after: 3) {} }
            consumer.cancel()
            try await consumer.value
        }
        try test.expectNoneWaits()
    }

    private static func aSlowConsumerLosesAndReordersNothing(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
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
        try expect(try await slow.value, equals: Array(1...1_000), "the positions consumed")
    }

    private static func closingEndsWaitingSubscriptions(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let consumers = (0..<10).map { _ in Task { for try await _ in test.log.subscribe() {} } }
        try await test.waitUntilWaiting(10)
        await test.close()
        for consumer in consumers {
            try await expectError(.closed, "A subscription of a log that was closed") { try await consumer.value }
        }
        try test.expectNoneWaits()
    }
}

/// A number that concurrent tasks add to.
private final class Tally: Sendable {
    private let count = Mutex(0)

    var total: Int { count.withLock { $0 } }

    func add(_ more: Int) { count.withLock { $0 += more } }
}
