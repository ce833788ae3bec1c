package import EventLog
package import LedgerStorage
import Projections
import Synchronization

/// A module that lets some actors change subjects, those of other modules too, only in ways of its own.
///
/// Invariant: a command's events are appended only if the log's streams of restrictions still stand where they did when
/// they were looked at. So a restriction holds for every event after it, whichever process writes.
package protocol RestrictingModule: LedgerModule {
    /// The stream that says whether an actor may change the subject of a stream; nil: each actor may.
    func restriction(of actor: String, on stream: StreamName) -> StreamName?

    /// - Throws: what the caller is told, if the restriction is in force.
    func check(restriction: StreamName, in tables: SQLiteConnection) throws
}

/// Knows of streams of restrictions up to which version none was in force, so that each is looked at once.
final class Restrictions: Sendable {
    let modules: [any RestrictingModule]
    private let lifted = Mutex<[StreamName: StreamVersion]>([:])

    /// Then all are forgotten.
    private static let maximumKnown = 10_000

    init(_ modules: [any LedgerModule]) { self.modules = modules.compactMap { $0 as? any RestrictingModule } }

    func version(of restriction: StreamName) -> StreamVersion? { lifted.withLock { $0[restriction] } }

    func note(_ restriction: StreamName, liftedAt version: StreamVersion) {
        lifted.withLock { known in
            if known.count >= Self.maximumKnown { known.removeAll() }
            known[restriction] = version
        }
    }

    func forget(_ restriction: StreamName) { _ = lifted.withLock { $0.removeValue(forKey: restriction) } }
}

extension CommandRunner {
    /// What the log is asked for besides, so that nothing is appended that a module restricts.
    ///
    /// - Throws: `RestrictingModule.check`.
    func restrictions(on appends: [StreamAppend]) async throws -> [StreamAppend] {
        let known = parts.restrictions
        guard !known.modules.isEmpty else { return [] }
        var streams: [(StreamName, any RestrictingModule)] = []
        for append in appends {
            guard let actor = append.events.first?.attribution.actor else { continue }
            for module in known.modules {
                guard let stream = module.restriction(of: actor, on: append.stream),
                    !streams.contains(where: { $0.0 == stream })
                else { continue }
                streams.append((stream, module))
            }
        }
        var conditions: [StreamAppend] = []
        for (stream, module) in streams {
            let version: StreamVersion
            if let lifted = known.version(of: stream) {
                version = lifted
            } else {
                // The version first: what is appended in between is refused, and looked at by the next attempt.
                version = try await parts.log.version(of: stream)
                try await parts.store.bringUp()
                try parts.snapshot { try module.check(restriction: stream, in: $0) }
                known.note(stream, liftedAt: version)
            }
            conditions.append(StreamAppend(stream, version == 0 ? .mustNotExist : .atVersion(version)))
        }
        return conditions
    }
}
