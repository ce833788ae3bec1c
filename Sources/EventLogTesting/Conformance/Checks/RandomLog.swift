import EventLog

/// A seeded random log with names that are rare, common and everywhere, and filters for it.
enum RandomLog {
    /// Appends the events, in appends of up to 2,000, and answers what was recorded.
    static func fill(_ test: LogUnderTest, count: Int, _ random: inout SeededRandom) async throws -> [RecordedEvent] {
        var appended = 0
        while appended < count {
            var parts: [StreamAppend] = []
            for _ in 0..<min(Int.random(in: 500...2_000, using: &random), count - appended) {
                parts.append(StreamAppend(stream(&random), events: [event(test, &random)]))
            }
            _ = try await test.log.append(parts)
            appended += parts.count
            test.clock.advance(by: Int64.random(in: 0...2_000, using: &random))
        }
        return try await test.all()
    }

    private static func stream(_ random: inout SeededRandom) -> StreamName {
        switch Int.random(in: 0..<1_000, using: &random) {
        case 0..<3:
            StreamName(
                "rare/" + (["0", "1", "2", "\u{10FFFF}x", "\u{e9}", "e\u{301}"].randomElement(using: &random) ?? ""))
        case 3..<60: StreamName("few/one")
        case 60..<100:
            StreamName(
                family: ["notes", "tasks"].randomElement(using: &random) ?? "",
                namespace: ["mem", "rare", "a/b"].randomElement(using: &random) ?? "",
                id: "\(Int.random(in: 0..<9, using: &random))")
        case 100..<200: StreamName("plain\(Int.random(in: 0..<50, using: &random))")
        default: StreamName("mem/ns\(Int.random(in: 0..<5, using: &random))/\(Int.random(in: 0..<900, using: &random))")
        }
    }

    private static func event(_ test: LogUnderTest, _ random: inout SeededRandom) -> NewEvent {
        let number = Int.random(in: 0..<10_000, using: &random)
        let type: EventType = number < 5 ? "Rare" : number < 3_000 ? "Common" : number < 6_000 ? "Usual" : "Most"
        var attribution = Attribution()
        switch Int.random(in: 0..<1_000, using: &random) {
        case 0..<2: attribution.actor = "rare"
        case 2..<600: attribution.actor = "agent \(Int.random(in: 0..<4, using: &random))"
        default: break
        }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: attribution.correlationID = "request \(Int.random(in: 0..<3_000, using: &random))"
        case 3..<5: attribution.correlationID = "batch"
        default: break
        }
        return test.event(type, Array("event \(number)".utf8), attribution: attribution)
    }

    /// Filters of one field each.
    static func singleFilters(_ all: [RecordedEvent]) -> [EventFilter] {
        let middle = all[all.count / 2].recordedAt
        let late = all[all.count * 9 / 10].recordedAt
        return [
            .all, EventFilter(types: ["Rare"]), EventFilter(types: ["Common"]), EventFilter(types: ["Rare", "Most"]),
            EventFilter(types: ["Rare", "Unknown"]), EventFilter(types: ["Unknown"]),
            EventFilter(streamPrefix: "rare/"), EventFilter(streamPrefix: "rare/2"),
            EventFilter(streamPrefix: "rare/e"),
            EventFilter(streamPrefix: "few/one"),
            EventFilter(streamPrefix: "mem/ns3/"), EventFilter(streamPrefix: "mem/ns3/77"),
            EventFilter(streamPrefix: "mem"), EventFilter(streamPrefix: "plain7"), EventFilter(streamPrefix: "none/"),
            EventFilter(streamPrefix: "$tasks:"), EventFilter(namespace: "mem"), EventFilter(namespace: "rare"),
            EventFilter(namespace: "a/b"), EventFilter(namespace: "me"), EventFilter(namespace: "few/one"),
            EventFilter(actor: "rare"), EventFilter(actor: "agent 2"), EventFilter(actor: "no one"),
            EventFilter(correlationID: "request 77"), EventFilter(correlationID: "batch"),
            EventFilter(correlationID: "none"), EventFilter(recordedFrom: middle), EventFilter(recordedThrough: middle),
            EventFilter(recordedFrom: middle, recordedThrough: late),
            EventFilter(recordedFrom: late, recordedThrough: middle),
            EventFilter(recordedFrom: middle, recordedThrough: middle),
        ]
    }

    /// Each field from a filter of its own, or none.
    static func combination(of filters: [EventFilter], _ random: inout SeededRandom) -> EventFilter {
        func value<T>(_ field: (EventFilter) -> T?) -> T? {
            let values = filters.compactMap(field)
            return Bool.random(using: &random) ? values.randomElement(using: &random) : nil
        }
        return EventFilter(
            types: value(\.types), streamPrefix: value(\.streamPrefix), namespace: value(\.namespace),
            actor: value(\.actor), correlationID: value(\.correlationID), recordedFrom: value(\.recordedFrom),
            recordedThrough: value(\.recordedThrough))
    }
}
