/// What a position in each column counts for; 0 for those that do not count. In one word, a byte for each column, since
/// it is looked at for each position.
struct ColumnWeights {
    private let values: UInt64
    private let counted: UInt64

    /// - Parameter mask: by bits, which columns count, whatever their weight.
    init(_ weights: [UInt8], mask: Int) {
        precondition(weights.count <= 8, "there is room for eight columns")
        var values: UInt64 = 0
        for (column, weight) in weights.enumerated() where mask >> column & 1 == 1 {
            values |= UInt64(weight) << UInt64(8 * column)
        }
        self.values = values
        counted = UInt64(mask)
    }

    @inline(__always) subscript(column: Int) -> Int { Int(values &>> UInt64(column & 7 &* 8) & 0xFF) }

    /// Positions in the column count.
    @inline(__always) func counts(_ column: Int) -> Bool { column < 8 && counted &>> UInt64(column & 7) & 1 == 1 }
}
