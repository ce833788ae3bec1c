import EventLog
import MemoryLedger

/// An agent and all that it has, as one JSON document: `Schemas/json/agent-file-1.schema.json`.
///
/// Invariants, which reading checks:
/// 1. Each user, role, session, block, archive stands there once; so does what an archive says.
/// 2. The messages of a session have the numbers 1, 2, 3, …; those in context are behind the last eviction.
/// 3. A version of a block is made of what the one before it said, or says again what a former one said.
/// 4. What refers to a session or a block, refers to one of the file.
struct AgentFile {
    static let format = "memledger-agent"
    static let version: Int64 = 1

    var agent: FiledAgent
    var users: [FiledUser]
    var roles: [FiledRole]
    var sessions: [FiledSession]
    var blocks: [FiledBlock]
    var shares: [FiledShare]
    var archives: [FiledArchive]

    /// - Throws: `AgentContextError` with `invalidAgentFile` or `newerAgentFile`.
    init(_ bytes: [UInt8]) throws {
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch {
            throw AgentContextError(
                .invalidAgentFile, "The file is not JSON: \(error.reason.rawValue), at byte \(error.offset).",
                ["path": "$", "offset": JSONValue(error.offset)])
        }
        try Self.checkVersion(value)
        let file = try FileObject(value, at: .document, members: Self.members)
        agent = try FiledAgent(file.member("agent"), file.at("agent"))
        users = try file.list("users", FiledUser.init)
        roles = try file.list("roles", FiledRole.init)
        sessions = try file.list("sessions", FiledSession.init)
        blocks = try file.list("blocks", FiledBlock.init)
        shares = try file.list("shares", FiledShare.init)
        archives = try file.list("archives", FiledArchive.init)
        try check(.document)
    }

    private static let members = [
        "format", "version", "agent", "users", "roles", "sessions", "blocks", "shares", "archives",
    ]

    /// Says of what is no such file, or of a newer program's, what it is, before any member is looked at.
    private static func checkVersion(_ value: JSONValue) throws {
        guard let object = value.object else { throw FilePlace.document.fault("is an object, not \(value.kind)") }
        guard object["format"]?.string == format else {
            throw FilePlace.member(.document, "format").fault("is not \"\(format)\"")
        }
        let place = FilePlace.member(.document, "version")
        guard let found = object["version"]?.number?.int64, found >= 1 else {
            throw place.fault("is a whole number, 1 or more")
        }
        guard found <= version else {
            throw AgentContextError(
                .newerAgentFile,
                "The file is of version \(found), and this program reads \(version); use a newer program.",
                ["path": .string(place.description), "version": JSONValue(found)])
        }
    }

    /// What entries say of each other.
    private func check(_ document: FilePlace) throws {
        func each<Entry>(_ list: String, _ entries: [Entry], _ name: (Entry) -> String) throws -> Set<ByteText> {
            var names: Set<ByteText> = []
            let place = FilePlace.member(document, list)
            for (index, entry) in entries.enumerated() {
                try FilePlace.entry(place, index).note(name(entry), in: &names)
            }
            return names
        }
        let userNames = Set(sessions.map { ByteText($0.opening.user) })
        let roleNames = Set(sessions.map { ByteText($0.opening.role) })
        try checkUse(each("users", users, \.name), userNames, at: .member(document, "users"))
        try checkUse(each("roles", roles, \.name), roleNames, at: .member(document, "roles"))
        _ = try each("archives", archives, \.name)
        let sessionIDs = try each("sessions", sessions, \.id)
        let blockIDs = try each("blocks", blocks, \.id)
        _ = try each("shares", shares) { "\($0.session ?? "") \($0.block)" }
        var shared: Set<ByteText> = []
        for (index, share) in shares.enumerated() {
            let place = FilePlace.entry(.member(document, "shares"), index)
            guard blockIDs.contains(ByteText(share.block)) else {
                throw FilePlace.member(place, "block").fault("is no block of the file")
            }
            if let session = share.session, !sessionIDs.contains(ByteText(session)) {
                throw FilePlace.member(place, "session").fault("is no session of the file")
            }
            shared.insert(ByteText(share.block))
        }
        for (index, block) in blocks.enumerated() where !shared.contains(ByteText(block.id)) {
            throw FilePlace.entry(.member(document, "blocks"), index).fault("is in no context: `shares` has none of it")
        }
        try checkPassages(document, sessionIDs)
    }

    /// What no session has would be in no export.
    private func checkUse(_ names: Set<ByteText>, _ used: Set<ByteText>, at place: FilePlace) throws {
        guard let unused = names.subtracting(used).min() else { return }
        throw place.fault("has \(unused.text), whom no session names")
    }

    private func checkPassages(_ document: FilePlace, _ sessionIDs: Set<ByteText>) throws {
        for (index, archive) in archives.enumerated() {
            let list = FilePlace.member(.entry(.member(document, "archives"), index), "passages")
            var contents: Set<ByteText> = []
            for (number, filed) in archive.passages.enumerated() {
                let place = FilePlace.entry(list, number)
                guard contents.insert(ByteText(filed.passage.content)).inserted else {
                    throw FilePlace.member(place, "content").fault("is what another passage of the archive says")
                }
                if let session = filed.passage.session, !sessionIDs.contains(ByteText(session)) {
                    throw FilePlace.member(place, "session").fault("is no session of the file")
                }
            }
        }
    }
}

/// What bounds an agent's file, and its import.
public struct AgentFileLimits: Hashable, Sendable {
    /// The longest file that an import reads; it takes some 14 times as much memory.
    public var fileBytes = 256 << 20
    /// Events of one append.
    public var batchEvents = 1_000
    /// Payload bytes after which an append begins.
    public var batchBytes = 8 << 20

    public init() {}
}
