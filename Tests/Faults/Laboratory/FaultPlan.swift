package import Foundation

/// What becomes of a call that is hit.
package enum FaultKind: Sendable, Hashable, CustomStringConvertible {
    /// The call does nothing and returns this errno.
    case error(Int32)
    /// Half of the bytes are written; a call that writes none is left alone.
    case short
    /// SIGKILL, before the call does anything or after it is done.
    case killBefore, killAfter
    /// SIGSTOP at the same moments: the test looks, acts, and sends SIGCONT.
    case stopBefore, stopAfter

    package var description: String {
        switch self {
        case .error(let code): String(cString: strerror(code))
        case .short: "a short write"
        case .killBefore: "killed before it"
        case .killAfter: "killed after it"
        case .stopBefore: "stopped before it"
        case .stopAfter: "stopped after it"
        }
    }

    package static var eio: FaultKind { .error(EIO) }
    package static var enospc: FaultKind { .error(ENOSPC) }
}

/// The calls that the interposer counts, by their names in a trace.
package enum FaultOperation: String, Sendable, CaseIterable {
    case write, pwrite, copy, truncate, allocate
    case fsync, fdatasync
    /// Either sync, of a folder.
    case syncfolder
    /// A file that is new, or whose contents an open throws away.
    case create
    case mkdir, rename, link, symlink, unlink, rmdir
    case chmod, chown, utime

    /// Those that a full disk fails.
    package static var needingSpace: Set<FaultOperation> {
        [.write, .pwrite, .copy, .allocate, .fsync, .fdatasync, .create, .mkdir, .link, .symlink]
    }
    package static var movingBytes: Set<FaultOperation> { [.write, .pwrite, .copy] }
}

/// Which call of the processes that are started with it fails, and how. Without `at` they are only counted.
package struct FaultPlan: Sendable {
    /// Calls on files elsewhere are not looked at. It must exist.
    package var folder: String
    /// From 1, counted over all processes and threads.
    package var at: Int?
    package var kind: FaultKind
    /// Every later call is hit, too.
    package var sticky: Bool
    /// Only these are counted; all if empty.
    package var operations: Set<FaultOperation>
    /// Only paths that end so are counted, such as "-wal".
    package var suffix: String

    package init(
        folder: String, at: Int? = nil, kind: FaultKind = .eio, sticky: Bool = false,
        operations: Set<FaultOperation> = [], suffix: String = ""
    ) {
        self.folder = folder
        self.at = at
        self.kind = kind
        self.sticky = sticky
        self.operations = operations
        self.suffix = suffix
    }
}

/// A counted call.
package struct FaultCall: Sendable, Hashable, CustomStringConvertible {
    package var number: Int
    package var process: pid_t
    package var operation: String
    /// Within the plan's folder.
    package var path: String

    package var description: String { "\(number) \(operation) \(path)" }
}
