import EventLog
import Testing

/// Checks what the appending processes left, page by page: an event at a time, in order.
///
/// Invariants: positions have no gap; streams' versions have none; each append's events stand together and whole; every
/// acknowledged append stands where its report says.
struct AppendCheck {
    private(set) var last: Position = 0
    private var versions: [StreamName: StreamVersion] = [:]
    private var appends: [String: [Position]] = [:]
    private var open: (name: String, seen: Int, of: Int)?
    private(set) var problems: [String] = []

    /// Reads what has been added since the last time.
    ///
    /// - Parameter isQuiet: no process appends meanwhile.
    mutating func catchUp(_ log: any EventLog, isQuiet: Bool = true) async throws {
        var query = EventQuery(from: last, limit: 1_000)
        while true {
            let page = try await log.read(query)
            for event in page.events { take(event) }
            guard let next = page.next else { break }
            query.from = next
        }
        if let open { problems.append("append \(open.name) has \(open.seen) of \(open.of) events") }
        if isQuiet, try await log.head() != last { problems.append("head is not \(last)") }
    }

    private mutating func take(_ event: RecordedEvent) {
        expect(event.position == last + 1, "position \(event.position) follows \(last)")
        last = event.position
        let version = versions[event.stream, default: 0] + 1
        versions[event.stream] = version
        expect(event.version == version, "\(event.stream) has version \(event.version) where \(version) was due")
        let name = event.attribution.correlationID ?? ""
        // `<index>/<count> of <name> xxx`
        let words = String(decoding: event.payload, as: UTF8.self).split(separator: " ")
        let counts = words.first?.split(separator: "/").compactMap { Int($0) } ?? []
        guard counts.count == 2, words.count >= 3, words[2] == name else {
            return problems.append("event \(event.position) has a payload that nobody wrote")
        }
        let seen = open?.name == name ? open?.seen ?? 0 : 0
        expect(open == nil || open?.name == name, "append \(open?.name ?? "") is broken off at \(event.position)")
        expect(counts[0] == seen + 1, "event \(event.position) is \(counts[0]) of \(name) after \(seen)")
        open = counts[0] == counts[1] ? nil : (name, counts[0], counts[1])
        expect(seen > 0 || appends[name] == nil, "append \(name) stands twice")
        appends[name, default: []].append(event.position)
    }

    private mutating func expect(_ holds: Bool, _ problem: String) {
        if !holds { problems.append(problem) }
    }

    /// Compares with the acknowledgements, `<name> <position>,<position>,…`.
    mutating func compare(_ lines: [Substring]) {
        for line in lines {
            let words = line.split(separator: " ")
            let positions = words.last?.split(separator: ",").compactMap { Position($0) } ?? []
            let found = appends[String(words[0])] ?? []
            expect(found == positions, "append \(words[0]) was acknowledged at \(positions) and stands at \(found)")
        }
    }

    var appendCount: Int { appends.count }
}
