import EventLog
import EventLogTesting
import Testing

@testable import SQLiteEventLog

/// Goal: the events of a namespace, those of modules too, are found by the index. Method: all other events of the
/// segments are damaged, so that reading one of them is an error; in the tail they are read, and left out.
@Suite struct NamespaceFilterTests {
    private static let wanted: [StreamName] = [
        "work/a", "$tasks:work/1", "$notes:work/x", "$tasks:work/2", "work/", "$a:work/b/c",
    ]
    private static let others: [StreamName] = [
        "home/b", "$tasks:home/1", "workshop/a", "$notes:workshop/x", "$work/a", "work", "$zoo:home/work/1", "$policy",
        "$tasks", "$ab:home/1",
    ]

    @Test(arguments: [ReadDirection.forwards, .backwards])
    func onlyTheirsAreRead(_ direction: ReadDirection) async throws {
        let file = try LogFile()
        var expected: [Position] = []
        for _ in 0..<3 {
            let log = try file.open()
            var position = try await log.head()
            for (index, stream) in Self.others.enumerated() {
                let names = index < Self.wanted.count ? [stream, Self.wanted[index]] : [stream]
                for name in names {
                    _ = try await log.append(to: name, file.events(1))
                    position += 1
                    if Self.wanted.contains(name) { expected.append(position) }
                }
            }
            await log.close()
            try await SegmentTests.index(file)
        }
        let list = expected.map(String.init).joined(separator: ", ")
        try RawSQLite.damage(file.path, "UPDATE events SET event_id = x'00' WHERE position NOT IN (\(list))")
        let log = try file.open()
        let found = try await log.all(EventFilter(namespace: "work"), direction, limit: 4)
        #expect(found.map(\.position) == (direction == .forwards ? expected : expected.reversed()))
        await expectError(.damagedLog) { _ = try await log.all(.all, direction) }
        await log.close()
    }

    @Test func theTailIsReadToo() async throws {
        let file = try LogFile()
        let log = try file.open()
        for stream in Self.others + Self.wanted { _ = try await log.append(to: stream, file.events(1)) }
        let found = try await log.all(EventFilter(namespace: "work"))
        #expect(found.map(\.stream) == Self.wanted)
        #expect(try await log.all(EventFilter(streamPrefix: "$tasks:", namespace: "work")).count == 2)
        #expect(try await log.all(EventFilter(namespace: "nowhere")).isEmpty)
        await log.close()
    }
}
