/// Projection tables that can be read: a ledger's serving ones, or those of a moment.
package protocol TableReading: Sendable {
    /// Runs the body on a reading connection. A single SELECT is its own snapshot; for several use `readSnapshot`.
    func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T
    /// Runs the body so that all of its statements see the same moment.
    func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T
    /// The bytes of the database that the tables are in.
    var sizeBytes: Int64 { get }
}
