import ArgumentParser
import EventLog
import MemoryLedger

/// A memory's status by its name.
struct StatusArgument: ExpressibleByArgument {
    let status: MemoryStatus

    init?(argument: String) {
        guard let status = MemoryStatus(rawValue: argument) else { return nil }
        self.status = status
    }

    static var allValueStrings: [String] { MemoryStatus.allCases.map(\.rawValue) }
}

/// A time: RFC 3339, or a date, whose first and last millisecond differ.
struct TimeArgument: ExpressibleByArgument {
    let first: Timestamp
    let last: Timestamp

    private static let dateLength = "2026-01-23".utf8.count
    private static let dayMilliseconds: Int64 = 86_400_000

    init?(argument: String) {
        guard let time = Timestamp(rfc3339: argument) else { return nil }
        first = time
        let isDate = argument.utf8.count == Self.dateLength
        last = isDate ? Timestamp(milliseconds: time.milliseconds + Self.dayMilliseconds - 1) : time
    }
}

/// A link as `type:weight:term:key`. The key may contain colons, and may be missing; an empty weight is the default.
struct LinkArgument: ExpressibleByArgument {
    let link: MemoryLink

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, !parts[0].isEmpty else { return nil }
        guard let weight = parts[1].isEmpty ? MemoryLink.defaultWeight : Weight(argument: parts[1])?.value else {
            return nil
        }
        let key = parts.count == 4 && !parts[3].isEmpty ? parts[3] : nil
        link = MemoryLink(type: parts[0], key: key, term: parts[2], weight: weight)
    }
}

/// How strong a link is: 0 to 1.
struct Weight: ExpressibleByArgument {
    let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        guard let value = Double(argument), Self.range.contains(value) else { return nil }
        self.value = value
    }

    static let range = 0.0...1.0

    var defaultValueDescription: String { String(value) }
}
