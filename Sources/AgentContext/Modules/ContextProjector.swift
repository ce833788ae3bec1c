import EventLog
import LedgerStorage
import MemoryLedger
import Projections

/// Builds the tables of users, sessions, blocks and archives: a projection for each concern, in one run, because their
/// rows depend on each other. What a role says and what a block says is in the context of each session that has it.
///
/// Invariants:
/// 1. The messages of a session have the numbers 1, 2, 3, … in the order of its stream.
/// 2. `main_context` holds, of each open session, its role's instructions, the blocks of it and of its agent, its
///    present summary, and the messages behind `evicted_through`, whose tokens are `queue_tokens` together. What closes
///    keeps what it had.
/// 3. `external_memory` has every message that was not erased, whatever was evicted, and every passage that stands.
/// 4. `block_versions` has everything that a block ever said, whatever was undone.
struct ContextProjector: Projector {
    let name = "context_people"
    let version = 1
    let eventTypes: Set<EventType>? =
        SessionEvent.Name.all.union(BlockEvent.Name.all).union(PassageEvent.Name.all)
        .union([
            UserEvent.Name.added, RoleEvent.Name.set, RoleEvent.Name.removed, AgentEvent.Name.set,
            AgentEvent.Name.removed, ConfigurationEvent.Name.set, ConfigurationEvent.Name.unset,
            ErasedSubject.eventType,
        ])
    var schema: ProjectionSchema { Self.schema }
    var projections: [ProjectionDefinition] { Self.definitions }

    private static let definitions = [
        definition("context_people", PackageResources.context_people_sql),
        definition("context_sessions", PackageResources.context_sessions_sql),
        definition("context_blocks", version: 2, PackageResources.context_blocks_sql),
        definition("context_archives", version: 2, PackageResources.context_archives_sql),
    ]

    private static func definition(_ name: String, version: Int = 1, _ script: [UInt8]) -> ProjectionDefinition {
        ProjectionDefinition(
            name: name, version: version, schema: ProjectionSchema(script: String(decoding: script, as: UTF8.self)))
    }

    private static let schema = ProjectionSchema(joining: definitions.map(\.schema))

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        ContextWriter(sqlite, lacksIndexes: isBeingBuilt)
    }

    /// Rows are looked up by these, from the first event on.
    static func createLookupIndexes(_ sqlite: SQLiteConnection) throws {
        for name in [
            "idx_sessions_user_role", "idx_sessions_role", "idx_sessions_agent", "idx_main_context_block",
            "idx_memory_session_type", "idx_block_holders_block",
        ] {
            try schema.createIndex(name, sqlite)
        }
    }
}

/// Writes each event's rows at once.
final class ContextWriter: ProjectionWriter {
    let sqlite: SQLiteConnection
    /// The tables are being built, and their indexes come afterwards.
    private var lacksIndexes: Bool
    /// Messages are appended one after the other to few of these.
    var known = KnownSessions()
    // Made once: each makes its definitions of events.
    private let sessions = SessionsModule()
    private let blocks = BlocksModule()
    private let passages = PassagesModule()
    private let users = UsersModule()
    private let roles = RolesModule()
    private let agents = AgentsModule()
    private let configuration = ConfigurationModule()

    init(_ sqlite: SQLiteConnection, lacksIndexes: Bool) { (self.sqlite, self.lacksIndexes) = (sqlite, lacksIndexes) }

    func apply(_ event: RecordedEvent) throws {
        if lacksIndexes {
            try ContextProjector.createLookupIndexes(sqlite)
            lacksIndexes = false
        }
        if let session = SessionsModule.family.subject(event.stream) {
            if let body = try sessions.body(of: event) { try apply(body, session, event) }
        } else if let block = BlocksModule.family.subject(event.stream) {
            if let body = try blocks.body(of: event) {
                try apply(body, block, event)
            } else if event.protection.isErased {
                try noteErasedVersion(of: block, event)
            }
        } else if let passage = PassagesModule.family.subject(event.stream) {
            if let body = try passages.body(of: event) { try apply(body, passage, event) }
        } else if let user = UsersModule.family.subject(event.stream) {
            if try users.body(of: event) != nil { try addUser(user, event) }
        } else if let role = RolesModule.family.subject(event.stream) {
            if let body = try roles.body(of: event) { try apply(body, role, event) }
        } else if let agent = AgentsModule.family.subject(event.stream) {
            if let body = try agents.body(of: event) { try apply(body, agent, event) }
        } else if let key = ConfigurationModule.family.subject(event.stream) {
            if let body = try configuration.body(of: event) { try apply(body, key.key, event) }
        } else {
            for subject in try event.erasedSubjects() where subject.isCurrent { try erase(subject) }
        }
    }

    func flush() {}
    func forget() { known.removeAll() }

    /// Runs a statement with these for its `?1`, `?2`, ….
    func run(_ sql: String, _ values: RowValue?...) throws { try sqlite.run(sql, values) }

    /// Reads rows one after the other.
    func read(_ sql: String, _ values: RowValue?..., body: (SQLiteStatement) throws -> Void) throws {
        try sqlite.read(sql, values, body)
    }

    typealias Value = RowValue
}
