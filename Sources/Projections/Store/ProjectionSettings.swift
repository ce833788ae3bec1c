package import LedgerStorage
package import Logging

/// How the database was opened.
package struct ProjectionSettings: Sendable {
    package var isReadOnly: Bool
    /// How long a writer waits for its turn.
    package var busyTimeoutMilliseconds: Int
    package var readers: ReaderPool.Options
    package var logger: Logger

    package init(isReadOnly: Bool, busyTimeoutMilliseconds: Int, readers: ReaderPool.Options, logger: Logger) {
        self.isReadOnly = isReadOnly
        self.busyTimeoutMilliseconds = busyTimeoutMilliseconds
        self.readers = readers
        self.logger = logger
    }
}
