import MemoryLedger

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers from the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

extension JSONValue {
    /// A value with strings of every kind, at most `depth` levels below this one.
    static func random(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return JSONValue(Int64.random(in: .min ... .max, using: &random))
        case 3: return JSONValue(Double(bitPattern: random.next()))
        case 4, 5: return .string(.random(using: &random))
        case 6:
            return .array(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in Self.random(depth: depth - 1, using: &random) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                object.append(.random(using: &random), Self.random(depth: depth - 1, using: &random))
            }
            return .object(object)
        }
    }
}

extension String {
    static func random(using random: inout SeededGenerator) -> String {
        let samples: [Character] = ["a", "\"", "\\", "\n", "\u{0}", "\u{1f}", "/", ":", "é", "中", "🧠", "\u{7f}"]
        return String(
            (0..<Int.random(in: 0..<20, using: &random)).map { _ in samples.randomElement(using: &random) ?? "x" })
    }
}
