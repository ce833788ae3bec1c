/// What is known of lineages, by their hashes. Rows come one database after the other, so the one that was noted last
/// is looked at first, without hashing its hash.
struct ByLineage<Value> {
    private var last: (lineage: [UInt8], value: Value)?
    private var all: [[UInt8]: Value] = [:]

    subscript(_ lineage: [UInt8]) -> Value? {
        get {
            if let last, last.lineage == lineage { return last.value }
            return all[lineage]
        }
        set {
            last = newValue.map { (lineage, $0) }
            all[lineage] = newValue
        }
    }

    mutating func removeAll() { self = ByLineage() }
}
