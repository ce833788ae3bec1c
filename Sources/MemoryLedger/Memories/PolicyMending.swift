import EventLog
import LedgerCapabilities
import LedgerStorage
import Logging
import Projections

/// Compares the policy in the tables with what the log says: a program that can write to the file could take the
/// demands away unseen otherwise.
struct PolicyMending {
    let parts: LedgerParts

    private var log: any EventLog { parts.log }

    /// Rebuilds the tables where they say something else.
    func run() async throws {
        // What a newer program demands cannot be told here: its event is set aside, which `projections` says.
        guard let (position, wanted) = try await policyOfTheLog() else { return }
        let isSame = try parts.tables.readSnapshot { sqlite in
            // Somebody may have set it since.
            let stands = try MemoryProjector().position(sqlite) ?? 0
            return try stands > position || LedgerPolicy.load(sqlite) == wanted
        }
        guard !isSame else { return }
        parts.options.file.logger.warning(
            "The policy in the tables is not what the log says; rebuilding them", metadata: ["position": "\(position)"])
        try await parts.store.rebuild([MemoryProjector.policyName], onDifference: .ignore)
    }

    /// What the last events say that set each of the demands, and where the log ended then; nil where this program
    /// cannot read one of them.
    private func policyOfTheLog() async throws -> (Position, LedgerPolicy)? {
        let head = try await log.head()
        var change = LedgerPolicyChange()
        let filter = EventFilter(types: [LedgerPolicyChange.eventType])
        var query = EventQuery(filter, direction: .backwards, from: head + 1, limit: 16)
        pages: while head > 0 {
            let page = try await log.read(query)
            for event in page.events {
                guard !parts.events.isOfNewerSchema(event) else { return nil }
                guard case .policySet(let said)? = try parts.events.body(of: event) as? LogEvent else { continue }
                change.requiresActor = change.requiresActor ?? said.requiresActor
                change.auditsReads = change.auditsReads ?? said.auditsReads
                if change.requiresActor != nil, change.auditsReads != nil { break pages }
            }
            guard let next = page.next else { break }
            query.from = next
        }
        return (head, change.applied(to: LedgerPolicy()))
    }
}

extension MemoryLedger {
    /// As every opening for writing does.
    func mendPolicy() async throws { try await PolicyMending(parts: parts).run() }
}
