/// How many events there were in the minutes of an hour, and how many bytes. Its bytes are what `context_timeline.sql`
/// says.
struct MinuteCounts: Hashable {
    /// What was counted in a minute.
    struct Count: Hashable {
        /// 0 to 59.
        var minute: Int
        var events: Int64
        var bytes: Int64
    }

    /// Ascending; none is empty.
    private(set) var counts: [Count] = []

    init() {}

    /// Adds to a minute, or takes away from it if the numbers are less than 0.
    mutating func add(_ events: Int64, bytes: Int64, in minute: Int) {
        let index = counts.firstIndex { $0.minute >= minute } ?? counts.count
        if index == counts.count || counts[index].minute != minute {
            counts.insert(Count(minute: minute, events: 0, bytes: 0), at: index)
        }
        counts[index].events += events
        counts[index].bytes += bytes
        if counts[index].events == 0 { counts.remove(at: index) }
    }

    mutating func add(_ others: MinuteCounts) {
        for count in others.counts { add(count.events, bytes: count.bytes, in: count.minute) }
    }

    /// What takes away what this adds.
    var negated: MinuteCounts {
        var negated = self
        for index in counts.indices {
            negated.counts[index].events.negate()
            negated.counts[index].bytes.negate()
        }
        return negated
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for count in counts {
            bytes.append(UInt8(truncatingIfNeeded: count.minute))
            Self.append(count.events, to: &bytes)
            Self.append(count.bytes, to: &bytes)
        }
        return bytes
    }

    /// What cannot be read of damaged bytes is left out: a rebuild makes them again.
    init(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while let minute = rest.popFirst(), let events = Self.read(&rest), let size = Self.read(&rest) {
            counts.append(Count(minute: Int(minute), events: events, bytes: size))
        }
    }

    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(clamping: value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func read(_ bytes: inout Slice<UnsafeRawBufferPointer>) -> Int64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int64(clamping: value) }
        }
        return nil
    }
}
