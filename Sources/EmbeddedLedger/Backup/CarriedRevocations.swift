package import EventLog
import Projections
import SQLiteEventLog

/// What a ledger has revoked for good, and a backup from before does not know. A restore revokes it again in the ledger
/// that it makes; what it is that can be revoked, this target does not know.
package protocol CarriedRevocations: Sendable {
    /// What a log says.
    func read(_ log: any EventLog) async throws -> Revocations

    /// The event that revokes one of them again, to be appended to `stream`.
    func event(
        revoking id: String, _ reason: String?, by attribution: Attribution, at time: Timestamp,
        ids: any EventIDSource
    ) throws -> NewEvent

    var stream: StreamName { get }
}

/// What holds by a log, and what was revoked, by their ids.
package struct Revocations: Sendable {
    package var standing: Set<ByteText> = []
    /// With the reasons.
    package var revoked: [ByteText: String?] = [:]

    package init() {}

    /// What holds here and was revoked there, in the order of the ids.
    func revoked(by former: Revocations) -> [(id: String, reason: String?)] {
        standing.sorted().compactMap { id in former.revoked[id].map { (id.text, $0) } }
    }
}

/// What a restore has revoked again.
struct CarriedOver {
    var count = 0
    /// False if the ledger that gave way cannot tell all that it had revoked.
    var isComplete = true
}

extension LedgerToReplace {
    /// What the ledger at a path has revoked; nil where it cannot be read any more.
    ///
    /// - Throws: `CancellationError`.
    static func revocations(
        of path: String, _ carried: any CarriedRevocations, _ clock: any TimeSource,
        _ makeHost: (SQLiteEventLog) -> ProjectionStore
    ) async throws -> Revocations? {
        do {
            return try await BackupContents.with(path, clock, makeHost) { try await carried.read($0.log) }
        } catch let error as CancellationError {
            throw error
        } catch {
            return nil
        }
    }
}
