import Synchronization

/// An event's identity: a UUID, version 7 (RFC 9562) when this library makes it.
///
/// Appending the same id again is recognised as a repetition. Ids of version 7 ascend with time, which keeps the
/// search for a repeated id short; other versions are taken too.
public struct EventID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first eight bytes, big-endian: in version 7 the milliseconds since 1970, the version and 12 more bits.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the usual form, `0199c2a8-1c00-7abc-8def-0123456789ab`, in either case. Nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var halves: [UInt64] = [0, 0]
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexDigitValue(byte) else { return nil }
            halves[digits / 16] = halves[digits / 16] << 4 | UInt64(digit)
            digits += 1
        }
        self.init(high: halves[0], low: halves[1])
    }

    /// Sixteen bytes, big-endian. Nil when there are not sixteen.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// Calls the body with the sixteen bytes, big-endian.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let pair = (high.bigEndian, low.bigEndian)
        return try withUnsafeBytes(of: pair, body)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            text.append(hexDigits[Int(half >> UInt64(60 - 4 * (index % 16)) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

private let hexDigits = Array("0123456789abcdef".utf8)

private func hexDigitValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

/// Where event ids come from. Passed in, so that tests and replays have their own.
public protocol EventIDSource: Sendable {
    /// An id greater than all that this source has given before.
    func next(at time: Timestamp) -> EventID
}

/// Version 7 ids: 48 bits of milliseconds, 12 bits that count within a millisecond, 62 random bits drawn again in each.
///
/// They are random whatever the clock says: before 1970 and beyond 48 bits the milliseconds stand at the nearest time
/// that they can tell, and what tells ids apart are the random bits. Ids ascend as long as there are milliseconds left.
public final class RandomEventIDs: EventIDSource {
    private struct State {
        var milliseconds: UInt64
        var counter: UInt64
        var random: UInt64
    }

    private static let maximumMilliseconds: UInt64 = 0xffff_ffff_ffff
    private static let maximumCounter: UInt64 = 0xfff

    /// Nil before the first id.
    private let state = Mutex(State?.none)
    private let draw: @Sendable () -> UInt64

    /// - Parameter draw: 64 random bits; the system's generator unless told.
    public init(draw: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }) {
        self.draw = draw
    }

    public func next(at time: Timestamp) -> EventID {
        state.withLock { state in
            let now = min(UInt64(clamping: time.milliseconds), Self.maximumMilliseconds)
            var next = state ?? State(milliseconds: now, counter: 0, random: draw())
            if state != nil {
                if now > next.milliseconds {
                    next = State(milliseconds: now, counter: 0, random: draw())
                } else if next.counter == Self.maximumCounter {
                    let later = min(next.milliseconds + 1, Self.maximumMilliseconds)
                    next = State(milliseconds: later, counter: 0, random: draw())
                } else {
                    next.counter += 1
                }
            }
            state = next
            return EventID(
                high: next.milliseconds << 16 | 0x7000 | next.counter,
                low: 0x8000_0000_0000_0000 | next.random >> 2)
        }
    }
}
