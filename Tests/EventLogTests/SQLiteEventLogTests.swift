import EventLog
import Foundation
import Testing

@Suite struct SQLiteEventLogTests {
    @Test func appendsAndReads() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = try SQLiteEventLog(path: folder.appendingPathComponent("l.sqlite").path, clock: SystemTimeSource())
        let ids = RandomEventIDs()
        for round in 0..<20 {
            var appends: [StreamAppend] = []
            for index in 0..<4_000 {
                let event = NewEvent(
                    id: ids.next(at: SystemTimeSource().now()), type: index % 7 == 0 ? "Rare" : "Common",
                    payload: Array("payload \(round) \(index)".utf8),
                    context: EventContext(actor: "a\(index % 3)", correlationID: "c\(index % 500)"))
                appends.append(StreamAppend(StreamName("mem/key\(index % 900)"), events: [event]))
            }
            let result = try await log.append(appends)
            #expect(result.positions == Array(Int64(round * 4_000 + 1)...Int64(round * 4_000 + 4_000)))
        }
        #expect(try await log.head() == 80_000)
        var count = 0
        for try await event in log.events(EventFilter(types: ["Rare"], actor: "a1", correlationID: "c7")) {
            count += 1
            #expect(event.type == "Rare")
        }
        var expected = 0
        for try await event in log.events(pageSize: 1000) {
            if event.type == "Rare" && event.context.actor == "a1" && event.context.correlationID == "c7" {
                expected += 1
            }
        }
        #expect(count == expected)
        var version: Int64 = 1
        var page: EventPage
        repeat {
            page = try await log.readStream("mem/key5", from: version, limit: 17)
            for event in page.events { #expect(event.version == version); version += 1 }
        } while page.next != nil
        #expect(try await log.version(of: "mem/key5") == version - 1)
        await log.close()
    }
}
