import Foundation

/// How many files this process may still open.
enum OpenFiles {
    /// SQLite opens a database with its log, their index and a journal, and the ledger its locks.
    private static let needed = 16
    /// Descriptors that are looked at; who may open more has some left.
    private static let mostLookedAt = 65_536

    static var areScarce: Bool {
        var limit = rlimit()
        #if canImport(Glibc)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        guard getrlimit(files, &limit) == 0 else { return false }
        guard limit.rlim_cur <= mostLookedAt else { return false }
        var free = 0
        for descriptor in 0..<Int32(limit.rlim_cur) where fcntl(descriptor, F_GETFD) < 0 {
            free += 1
            if free == needed { return false }
        }
        return true
    }
}
