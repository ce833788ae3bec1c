package import EventLog

/// A log whose appends return when the tables that follow it hold their events: so who has appended reads what was
/// written.
///
/// All appends to a ledger whose log does not write the tables itself go through here.
package final class FollowedEventLog: ForwardingEventLog {
    package let forwarded: any EventLog
    private let store: ProjectionStore

    package init(_ log: any EventLog, followedBy store: ProjectionStore) {
        forwarded = log
        self.store = store
    }

    package func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        if store.database.settings.isReadOnly { throw EventLogError.readOnly }
        let result: AppendResult
        do {
            result = try await forwarded.append(appends)
        } catch let error as EventLogError where error.code == .conflict {
            // Others were faster: what is decided next must see what they did.
            try await store.bringUp()
            throw error
        }
        await store.follow(through: result.lastPosition)
        return result
    }
}
