import EventLog

/// Follows every stream through the log, in order, with a bounded table of heads.
///
/// Where there are more streams than the table holds, it goes on with half of them, by a hash of their ids, and the
/// other half is left for another pass over the log: `rest`.
struct StreamChains {
    /// What an event says of its stream.
    struct Link {
        var streamID: Int64
        var version: StreamVersion
        /// 0: none.
        var previous: Position
    }

    /// The streams of one pass: those whose hash has these low bits.
    struct Share {
        var mask: UInt64 = 0
        var value: UInt64 = 0
    }

    struct Head {
        var version: StreamVersion
        var position: Position
    }

    private(set) var share: Share
    /// What is left for other passes.
    private(set) var rest: [Share] = []
    private var slots: [Slot]
    private(set) var count = 0
    private let maximum: Int

    private struct Slot {
        /// 0: free.
        var streamID: Int64 = 0
        var version: StreamVersion = 0
        var position: Position = 0
    }

    /// 24 bytes for each of twice as many slots: 100 MB at the most.
    static let maximumStreams = 2_097_152

    init(_ share: Share = Share(), maximum: Int = StreamChains.maximumStreams) {
        self.share = share
        self.maximum = maximum
        slots = Array(repeating: Slot(), count: 1_024)
    }

    private static func hash(_ id: Int64) -> UInt64 {
        var hash = UInt64(bitPattern: id) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 32
        return hash &* 0xd6e8_feb8_6659_fd93
    }

    private func includes(_ hash: UInt64) -> Bool { (hash >> 40) & share.mask == share.value }

    private func slot(of id: Int64, _ hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].streamID != 0, slots[index].streamID != id { index = (index + 1) & (slots.count - 1) }
        return index
    }

    /// Takes the event at the next position. Answers what is wrong with its place in its stream; nil where nothing is.
    mutating func take(_ link: Link, at position: Position) -> String? {
        let hash = Self.hash(link.streamID)
        guard includes(hash) else { return nil }
        var index = slot(of: link.streamID, hash)
        let known = slots[index]
        var problem: String?
        if known.streamID == 0 {
            if link.version != 1 || link.streamID != position || link.previous != 0 {
                problem = "it is version \(link.version) of a stream that it begins"
            }
        } else if link.version != known.version + 1 {
            problem = "it is version \(link.version) of a stream that is at version \(known.version)"
        } else if link.previous != known.position {
            problem = "it says that position \(link.previous) comes before it in its stream, which is \(known.position)"
        }
        if known.streamID == 0 {
            // An id that cannot be would take a free slot for itself.
            guard link.streamID > 0 else { return problem }
            if count == maximum {
                split()
                guard includes(hash) else { return problem }
                index = slot(of: link.streamID, hash)
            } else if count * 2 >= slots.count {
                resize(slots.count * 2)
                index = slot(of: link.streamID, hash)
            }
            count += 1
        }
        slots[index] = Slot(streamID: link.streamID, version: link.version, position: position)
        return problem
    }

    /// The head of a stream; nil where there is none. Ask only for streams of this share.
    func head(_ streamID: Int64) -> Head? {
        let slot = slots[slot(of: streamID, Self.hash(streamID))]
        return slot.streamID == 0 ? nil : Head(version: slot.version, position: slot.position)
    }

    func isInShare(_ streamID: Int64) -> Bool { includes(Self.hash(streamID)) }

    /// Leaves half of the streams for another pass.
    private mutating func split() {
        let bit = share.mask + 1
        rest.append(Share(mask: share.mask | bit, value: share.value | bit))
        share.mask |= bit
        resize(slots.count)
    }

    private mutating func resize(_ size: Int) {
        let old = slots
        slots = Array(repeating: Slot(), count: size)
        count = 0
        for slot in old where slot.streamID != 0 {
            let hash = Self.hash(slot.streamID)
            guard includes(hash) else { continue }
            slots[self.slot(of: slot.streamID, hash)] = slot
            count += 1
        }
    }
}
