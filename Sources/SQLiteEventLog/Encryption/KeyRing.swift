import EventLog
package import LedgerCapabilities
import LedgerStorage
import Synchronization

/// The master key of an open log and what it unlocks, shared by the writer and all readers of the process.
///
/// No reader keeps a data key longer than since it has looked whether that is still there: see `isCurrent`.
package final class KeyRing: Sendable {
    private struct State {
        var masterKey: MasterKey?
        /// The master key's check value, for the ledger that it was computed for.
        var check: (ledger: LedgerID, value: String)?
    }

    private let state: Mutex<State>
    private let source: (@Sendable () throws -> MasterKey?)?
    private let changes = Atomic<Int>(0)

    /// - Parameter source: asked where there is no key, when one is first needed.
    init(_ masterKey: MasterKey?, from source: (@Sendable () throws -> MasterKey?)? = nil) {
        self.source = source
        state = Mutex(State(masterKey: masterKey))
    }

    /// Moves with everything that this process does to keys. The file's version tells what others do.
    var generation: Int { changes.load(ordering: .acquiring) }
    func noteChange() { changes.add(1, ordering: .acquiringAndReleasing) }

    /// The key as it was given, whether or not it is this ledger's.
    ///
    /// - Throws: what its source throws.
    package var given: MasterKey? {
        get throws {
            if let known = state.withLock({ $0.masterKey }) { return known }
            guard let key = try source?() else { return nil }
            return state.withLock { state in
                state.masterKey = state.masterKey ?? key
                return state.masterKey
            }
        }
    }

    /// Goes on with another one, which the ledger has been rewrapped with.
    package func replace(_ masterKey: MasterKey) {
        state.withLock { $0 = State(masterKey: masterKey) }
        noteChange()
    }

    /// The master key where it is the ledger's.
    func masterKey(of ledger: LedgerID, _ sqlite: SQLiteConnection) throws -> Result<MasterKey, Locked> {
        guard let key = try given else { return .failure(Locked(reason: .masterKeyMissing)) }
        guard let stored = try DataKeys.masterKeyCheck(sqlite) else { return .success(key) }
        let check = state.withLock { state in
            if let known = state.check, known.ledger == ledger { return known.value }
            let value = key.check(ledger)
            state.check = (ledger, value)
            return value
        }
        return check.hasSameBytes(as: stored) ? .success(key) : .failure(Locked(reason: .masterKeyWrong))
    }

    /// Why nothing can be decrypted.
    struct Locked: Error {
        var reason: EventProtection.LockReason
    }
}

/// What must be as it was for keys and categories that are remembered to be true.
struct KeyGround: Equatable {
    private var generation: Int
    private var version: FileVersion

    init(_ ring: KeyRing, _ sqlite: SQLiteConnection) throws {
        generation = ring.generation
        version = try sqlite.fileVersion
    }
}
