import EventLog
import LedgerCapabilities
import SQLiteEventLog

extension LedgerFileOptions {
    /// Without syncs: no test cuts the power, and the disk is shared by all tests.
    static func test(
        _ access: Access = .create, limits: EventLogLimits = EventLogLimits(), busyMilliseconds: Int = 600_000
    ) -> LedgerFileOptions {
        var options = LedgerFileOptions(access: access)
        options.durability = .normal
        options.busyTimeoutMilliseconds = busyMilliseconds
        options.limits = limits
        return options
    }
}
