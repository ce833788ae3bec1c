import CLedgerShims
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage

/// Held by the process that signs with a key or rotates it: one at a time, across processes. The kernel drops it when
/// the process dies.
///
/// As with `WriterLock`, the first byte is the holder's and the second a turnstile that a process which waits holds, so
/// that one that signs again and again keeps no other out. Unlike there, waiting blocks no thread.
final class SigningLock: Sendable {
    private let descriptor: Int32

    private static let ownByte = 0
    private static let turnstileByte = 1
    private static let pauseMilliseconds = 2

    /// - Parameter isMaking: the key's file is made under the lock. Otherwise it must be there, or no lock is made.
    /// - Throws: `EventLogError` with `noSigningKey`, `busy` after so long, `unsafeSideFile` or `storage`.
    init(_ keyFile: SigningKeyFile, isMaking: Bool = false, timeoutMilliseconds: Int) async throws {
        if !isMaking { try keyFile.checkIsThere() }
        let path = keyFile.lockPath
        do { descriptor = try SideFile.open(path, O_RDWR | O_CREAT) } catch let problem as FileProblem {
            throw problem.error
        }
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        for byte in [Self.turnstileByte, Self.ownByte] {
            while memledger_try_lock(descriptor, byte) != 0 {
                guard errno == EAGAIN || errno == EACCES || errno == EINTR else { throw FileProblem(path, errno).error }
                guard ContinuousClock.now < deadline else {
                    throw EventLogError(
                        .busy,
                        "Another process signs with \(keyFile.path); waited \(timeoutMilliseconds) ms. Try again.")
                }
                try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
            }
        }
        _ = memledger_unlock(descriptor, Self.turnstileByte)
        // A private key is not to lie about under a name that a killed program left.
        try LedgerNames.removeStrays(of: keyFile.path)
    }

    deinit { close(descriptor) }
}
