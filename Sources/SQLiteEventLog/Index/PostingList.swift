import EventLog

/// Ascending offsets within a segment, 1 and up, as differences in LEB128.
struct PostingList {
    private(set) var bytes: [UInt8] = []
    private var last = 0

    mutating func append(_ offset: Int) {
        var difference = offset - last
        last = offset
        while difference >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: difference) | 0x80)
            difference >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: difference))
    }

    /// The positions of a stored list; `base` is the position before the segment.
    static func positions(_ bytes: UnsafeRawBufferPointer, base: Position) -> [Position] {
        var positions: [Position] = []
        positions.reserveCapacity(bytes.count)
        var position = base
        var difference: Int64 = 0
        var shift: Int64 = 0
        for byte in bytes {
            difference |= Int64(byte & 0x7f) << shift
            if byte & 0x80 != 0 {
                shift = min(shift + 7, 56)
            } else {
                position += difference
                positions.append(position)
                difference = 0
                shift = 0
            }
        }
        return positions
    }
}

/// Posting lists by value. The value of the event before is found without looking it up.
struct PostingLists<Value: Hashable & Comparable> {
    private var places: [Value: Int] = [:]
    private var lists: [(value: Value, list: PostingList)] = []
    private var last = 0

    mutating func append(_ offset: Int, to value: Value) {
        if lists.isEmpty || lists[last].value != value {
            if let known = places[value] {
                last = known
            } else {
                last = lists.count
                places[value] = last
                lists.append((value, PostingList()))
            }
        }
        lists[last].list.append(offset)
    }

    func sorted() -> [(value: Value, list: PostingList)] { lists.sorted { $0.value < $1.value } }
}
