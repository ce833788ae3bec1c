import GRDBSQLite
import LedgerStorage

extension SQLiteStatement {
    /// Values of the current row.
    func values(from first: Int, count: Int) -> [ColumnValue] {
        (first..<first + count).map { index in
            let column = Int32(index)
            return switch type(column) {
            case SQLITE_INTEGER: .integer(int64(column))
            case SQLITE_FLOAT: .real(double(column))
            case SQLITE_TEXT: .text(text(column))
            case SQLITE_BLOB: .blob(Array(bytes(column)))
            default: .null
            }
        }
    }
}
