/// Names by their numbers, their bytes one after the other. Several times faster than a dictionary of arrays.
struct NameTable {
    private struct Slot {
        /// 0: free, and a number that is never kept.
        var id: Int64 = 0
        var start = 0
        var count = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 256)
    private var used = 0
    private var bytes: [UInt8] = []

    /// Names that are kept, and their bytes; then all are forgotten and read again.
    private let maximumCount: Int
    private let maximumBytes: Int

    init(maximumCount: Int = 1 << 20, maximumBytes: Int = 32 << 20) {
        (self.maximumCount, self.maximumBytes) = (maximumCount, maximumBytes)
    }

    private func index(of id: Int64) -> Int {
        var index = Int(truncatingIfNeeded: UInt64(bitPattern: id) &* 0x9e37_79b9_7f4a_7c15 >> 20) & (slots.count - 1)
        while slots[index].id != 0, slots[index].id != id { index = (index + 1) & (slots.count - 1) }
        return index
    }

    /// Calls the body with the name. False where it is not known.
    @inline(__always)
    func with(_ id: Int64, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        let slot = slots[index(of: id)]
        guard slot.id != 0 else { return false }
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[slot.start..<slot.start + slot.count])) }
        return true
    }

    mutating func add(_ id: Int64, _ name: UnsafeRawBufferPointer) {
        guard id != 0, name.count <= maximumBytes else { return }
        if used == maximumCount || bytes.count + name.count > maximumBytes {
            self = NameTable(maximumCount: maximumCount, maximumBytes: maximumBytes)
        }
        if used * 2 >= slots.count { grow() }
        let index = index(of: id)
        guard slots[index].id == 0 else { return }
        slots[index] = Slot(id: id, start: bytes.count, count: name.count)
        used += 1
        bytes.append(contentsOf: name)
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count * 2)
        for slot in old where slot.id != 0 { slots[index(of: slot.id)] = slot }
    }
}
