public import EventLog
import LedgerStorage
public import MemoryLedger

/// Writes an agent's file from tables that stand at one position.
struct AgentFileExport {
    let agent: String
    let namespace: String
    /// Archives that the file has, though the agent's sessions put nothing into them.
    let archives: [String]
    let progress: (_ done: Int64, _ of: Int64) throws -> Void

    func write(_ tables: SQLiteConnection, to writer: AgentFileWriter) throws -> AgentExportReport {
        let listed = try People.agent(agent, namespace, tables)
        let sessions = try AgentFileRows.sessions(agent, namespace, tables)
        let held = try held(sessions, tables)
        guard listed != nil || !sessions.isEmpty || !held.isEmpty else {
            throw AgentContextError.noAgent(agent, namespace)
        }
        var report = AgentExportReport(agent: agent, namespace: namespace)
        let times = listed.map { FiledTimes($0.createdAt, $0.updatedAt) }
        try writer.begin(["format": .string(AgentFile.format), "version": JSONValue(AgentFile.version)])
        try writer.member("agent", FiledAgent(name: agent, listed?.agent ?? Agent(), times).json)
        try writePeople(sessions, tables, writer)
        try writeSessions(sessions, tables, writer, &report)
        try writeBlocks(held, sessions, tables, writer, &report)
        try writeArchives(sessions, tables, writer, &report)
        writer.end()
        try writer.finish()
        report.bytes = writer.writtenBytes
        return report
    }

    private func writePeople(
        _ sessions: [SessionState], _ tables: SQLiteConnection, _ writer: AgentFileWriter
    ) throws {
        try writer.list("users") {
            for name in Self.names(sessions.map(\.user)) {
                guard let user = try People.user(name, namespace, tables) else { continue }
                try writer.entry(FiledUser(name: user.name, createdAt: user.createdAt).json)
            }
        }
        try writer.list("roles") {
            for name in Self.names(sessions.map(\.role)) {
                guard let role = try People.role(name, namespace, tables) else { continue }
                try writer.entry(FiledRole(role).json)
            }
        }
    }

    /// Each once, in the order of their bytes.
    private static func names(_ names: [String]) -> [String] { Set(names.map { ByteText($0) }).sorted().map(\.text) }

    private func writeSessions(
        _ sessions: [SessionState], _ tables: SQLiteConnection, _ writer: AgentFileWriter,
        _ report: inout AgentExportReport
    ) throws {
        let total = sessions.reduce(0) { $0 + $1.messages }
        try writer.list("sessions") {
            for session in sessions {
                try writer.begin(FiledSession(session).head)
                try writer.list("evictions") {
                    try AgentFileRows.evictions(of: session.id, tables) { try writer.entry($0.json) }
                }
                try writer.list("messages") {
                    try AgentFileRows.messages(of: session, tables) { message in
                        try writer.entry(message.json)
                        report.messages += 1
                        try progress(Int64(report.messages), total)
                    }
                }
                writer.end()
                report.sessions += 1
            }
        }
    }

    // MARK: Blocks

    /// A block in a context of the agent.
    private struct Held {
        var position: Position
        var share: FiledShare
    }

    /// The blocks of the agent and of its sessions, in the order in which they got them.
    private func held(_ sessions: [SessionState], _ tables: SQLiteConnection) throws -> [Held] {
        var held = try AgentFileRows.blocks(of: .agent(agent), namespace, tables).map {
            Held(position: $0.position, share: FiledShare(block: $0.block, session: nil))
        }
        for session in sessions {
            held += try AgentFileRows.blocks(of: .session(session.id), namespace, tables).map {
                Held(position: $0.position, share: FiledShare(block: $0.block, session: session.id))
            }
        }
        // At one position a block has several holders only if it was made for them.
        return held.sorted { left, right in
            if left.position != right.position { return left.position < right.position }
            if !left.share.block.hasSameBytes(as: right.share.block) {
                return left.share.block.precedesByBytes(right.share.block)
            }
            return (left.share.session ?? "").precedesByBytes(right.share.session ?? "")
        }
    }

    private func writeBlocks(
        _ held: [Held], _ sessions: [SessionState], _ tables: SQLiteConnection, _ writer: AgentFileWriter,
        _ report: inout AgentExportReport
    ) throws {
        let ids = Set(sessions.map { ByteText($0.id) })
        var written: Set<ByteText> = []
        try writer.list("blocks") {
            for share in held.map(\.share) where written.insert(ByteText(share.block)).inserted {
                guard let block = try BlockRows.find(share.block, namespace, tables),
                    let newest = try BlockRows.version(block.version, of: block, tables)
                else { continue }
                try writer.begin(FiledBlock(block, current: newest.content).head)
                try writer.list("versions") {
                    try AgentFileRows.versions(of: block, tables) { version in
                        try writer.entry(version.json)
                        report.versions += 1
                    }
                }
                writer.end()
                report.blocks += 1
                report.otherHolders += block.block.holders.count { holder in
                    switch holder {
                    case .agent(let name): !name.hasSameBytes(as: agent)
                    case .session(let id): !ids.contains(ByteText(id))
                    }
                }
            }
        }
        try writer.list("shares") { for share in held.map(\.share) { try writer.entry(share.json) } }
    }

    // MARK: Archives

    private func writeArchives(
        _ sessions: [SessionState], _ tables: SQLiteConnection, _ writer: AgentFileWriter,
        _ report: inout AgentExportReport
    ) throws {
        let ids = Set(sessions.map { ByteText($0.id) })
        let written = try sessions.flatMap { try AgentFileRows.archives(of: $0.id, tables) }
        try writer.list("archives") {
            for name in Self.names(archives + written) {
                guard try PassageRows.passages(of: name, namespace, tables) > 0 else {
                    throw AgentContextError.noArchive(name, namespace)
                }
                try writer.begin(["name": .string(name)])
                try writer.list("passages") {
                    try PassageRows.each(of: name, namespace, tables) { stored in
                        var filed = FiledPassage(stored.passage, at: stored.createdAt)
                        if let session = filed.passage.session, !ids.contains(ByteText(session)) {
                            filed.passage.session = nil
                            report.otherSessions += 1
                        }
                        try writer.entry(filed.json)
                        report.passages += 1
                    }
                }
                writer.end()
                report.archives += 1
            }
        }
    }
}

/// What an export of an agent wrote.
public struct AgentExportReport: Hashable, Sendable {
    public var agent: String
    public var namespace: String
    /// At which all of it stands.
    public var position: Position = 0
    public var sessions = 0
    public var messages = 0
    public var blocks = 0
    public var versions = 0
    public var archives = 0
    public var passages = 0
    /// Contexts of others that have blocks of the file, and are not in it.
    public var otherHolders = 0
    /// Passages that were inserted in sessions of others, which the file does not name.
    public var otherSessions = 0
    public var bytes = 0

    init(agent: String, namespace: String) { (self.agent, self.namespace) = (agent, namespace) }
}

extension MemoryReading {
    /// Writes an agent and all that it has as one JSON document, as it stands in the ledger or at a moment: what is
    /// said of it, its sessions with every message and eviction, their roles and users, its blocks with every version,
    /// and the archives that its sessions put something into. `Schemas/json/agent-file-1.schema.json` says what each
    /// member means. The same state is the same bytes.
    ///
    /// What was deleted or erased is left out; so is what other agents and sessions have.
    ///
    /// - Parameters:
    ///   - archives: names of archives that the file has besides.
    ///   - progress: is told how many messages are written, and how many there are; what it throws ends the export.
    ///   - write: takes the next bytes. All are of one snapshot, which is held until the last ones are taken.
    /// - Throws: `AgentContextError` with `noAgent` or `noArchive`; `EventLogError` with `masterKeyMissing` or
    ///   `masterKeyWrong` for a namespace that cannot be read; what the closures throw.
    @discardableResult
    public func exportAgent(
        _ name: String, in namespace: String = MemoryKey.defaultNamespace, archives: [String] = [],
        progress: @escaping (_ done: Int64, _ of: Int64) throws -> Void = { _, _ in },
        to write: @escaping ([UInt8]) throws -> Void
    ) async throws -> AgentExportReport {
        let export = AgentFileExport(agent: name, namespace: namespace, archives: archives, progress: progress)
        return try await readContext(namespace) { tables in
            var report = try export.write(tables, to: AgentFileWriter(write))
            report.position = try position(of: tables)
            return report
        }
    }
}
