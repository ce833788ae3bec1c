/// Rows whose numbers have a bit. It never leads: of a row that it was not asked for it knows the number alone, so that
/// `row` may be lower than the row is; asked for the row itself, it says so.
final class BitsMatch: RowMatch {
    private let bits: RowBits

    init(_ bits: RowBits) {
        self.bits = bits
        super.init()
        count = .max
    }

    override func seek(_ target: Int64) {
        guard row < target else { return }
        let number = TextRow.number(of: target)
        switch bits.first(from: number) {
        case number?: row = target
        case let later?: row = TextRow.lowest(of: later)
        case nil: row = SegmentCursor.atEnd
        }
    }
}
