import Foundation

extension LedgerFile {
    /// Returns when a power cut cannot take back anything that a reader has seen so far, however the process that wrote
    /// it has opened the ledger.
    ///
    /// What was committed is in the write-ahead log, or a checkpoint has moved it, which syncs before it lets go of the
    /// log: so both files are synced, the log first.
    ///
    /// - Throws: `EventLogError.storage`.
    func makeDurable() throws {
        do {
            for path in [path + "-wal", path] {
                do {
                    try FileDescriptor(opening: path, O_RDONLY).sync()
                } catch let problem as FileProblem where problem.code == ENOENT {
                    continue
                }
            }
            try FileDescriptor.syncFolder(of: path)
        } catch let problem as FileProblem {
            throw problem.error
        }
    }
}
