import Foundation

/// How long a machine has been running, sleep included: a clock that cannot be set.
public struct SteadyTime: Hashable, Sendable {
    /// Which start of the machine it counts from; never 0. Times of different starts cannot be compared.
    public var start: UInt64
    public var milliseconds: Int64

    public init(start: UInt64, milliseconds: Int64) {
        self.start = start
        self.milliseconds = milliseconds
    }
}

/// What a clock said at a moment, beside a clock that cannot be set.
package struct ClockReading: Hashable, Sendable {
    package var time: Timestamp
    package var steady: SteadyTime

    package init(time: Timestamp, steady: SteadyTime) { (self.time, self.steady) = (time, steady) }

    /// Nil where there is no other clock.
    package init?(_ clock: any TimeSource) {
        guard let steady = clock.steady() else { return nil }
        self.init(time: clock.now(), steady: steady)
    }
}

/// A clock that was set ahead by more than a day between two appends, or since the last one.
///
/// A long time without an append is none: then the machine's running time has gone on as far.
public struct ClockJump: Hashable, Sendable {
    /// What the clock said at the append before, and what it said when the jump was noticed.
    public var before: Timestamp
    public var after: Timestamp
    /// How far it is ahead of where it would have come by itself.
    public var milliseconds: Int64

    init?(from: ClockReading, to: ClockReading) {
        guard from.steady.start == to.steady.start else { return nil }
        let (passed, isTooFar) = to.time.milliseconds.subtractingReportingOverflow(from.time.milliseconds)
        let (steady, isNonsense) = to.steady.milliseconds.subtractingReportingOverflow(from.steady.milliseconds)
        guard !isTooFar, !isNonsense, steady >= 0, passed - steady > ClockLead.maximumMilliseconds else { return nil }
        (before, after, milliseconds) = (from.time, to.time, passed - steady)
    }

    /// The last one in readings that follow one another.
    package static func last(in readings: [ClockReading]) -> ClockJump? {
        zip(readings, readings.dropFirst()).compactMap { ClockJump(from: $0, to: $1) }.last
    }
}

extension SystemTimeSource {
    /// The kernel's name of the present start of the machine, as far as it fits.
    private static let start: UInt64? = {
        #if os(Linux)
            let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            let digits = text?.filter(\.isHexDigit).prefix(UInt64.bitWidth / 4)
            return digits.flatMap { UInt64($0, radix: 16) }.flatMap { $0 == 0 ? nil : $0 }
        #else
            return nil
        #endif
    }()

    /// Known on Linux.
    public func steady() -> SteadyTime? {
        #if os(Linux)
            var time = timespec()
            guard let start = Self.start, clock_gettime(CLOCK_BOOTTIME, &time) == 0 else { return nil }
            return SteadyTime(
                start: start, milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
        #else
            return nil
        #endif
    }
}
