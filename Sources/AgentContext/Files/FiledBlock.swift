import EventLog
import MemoryLedger

/// A block of a file, with all that it ever said.
struct FiledBlock {
    var id: String
    var label: String
    var settings: BlockSettings
    var updatedAt: Timestamp
    /// The version that says first what the block says now.
    var current: Int64
    var versions: [FiledVersion] = []

    /// What stands before the versions.
    var head: JSONObject {
        [
            "id": .string(id), "label": .string(label), "limit": JSONValue(settings.limit),
            "description": .string(settings.description), "read_only": .bool(settings.isReadOnly),
            "updated_at": updatedAt.filed, "current": JSONValue(current),
        ]
    }

    init(_ state: BlockState, current: Int64) {
        (id, label, settings) = (state.id, state.block.label, state.block.settings)
        (updatedAt, self.current) = (state.updatedAt, current)
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(
            value, at: place,
            members: ["id", "label", "limit", "description", "read_only", "updated_at", "current", "versions"])
        id = try object.name("id", bytes: Self.idBytes)
        label = try object.name("label")
        settings = BlockSettings(
            limit: try object.count("limit", 1...BlockSettings.maximumLimit),
            description: try object.text("description"), isReadOnly: try object.flag("read_only"))
        updatedAt = try object.time("updated_at")
        current = try object.integer("current", 1...Int64.max)
        versions = try object.list("versions", FiledVersion.init)
        try check(object)
    }

    /// A holder, its name, a label, and a number.
    private static let idBytes = 4 * ContextLimits.nameBytes

    /// The versions are a tree: each one's parent, or the one that it says again, stands before it.
    private func check(_ object: FileObject) throws {
        var content: Int64 = 0
        for (index, version) in versions.enumerated() {
            let place = FilePlace.entry(object.at("versions"), index)
            guard version.number == Int64(index + 1) else {
                throw FilePlace.member(place, "number").fault(
                    "is \(index + 1), since versions are numbered without gaps, not \(version.number)")
            }
            guard index > 0 || version.kind == FiledVersion.creation else {
                throw FilePlace.member(place, "kind").fault(
                    "is \(FiledVersion.creation), as that of every first version")
            }
            switch version.content {
            case .said(_, let parent):
                guard parent == content else {
                    throw FilePlace.member(place, "parent").fault(
                        "is \(content), which the version before says, not \(parent)")
                }
                content = version.number
            case .repeated(let former):
                guard former < version.number, case .said = versions[Int(former) - 1].content else {
                    throw FilePlace.member(place, "content").fault("is the number of a former version that has a text")
                }
                content = former
            }
        }
        guard content > 0 else { throw object.at("versions").fault("is empty") }
        guard current == content else {
            throw object.at("current").fault("is \(content), which the last version says, not \(current)")
        }
    }
}

/// A version of a block of a file.
struct FiledVersion {
    enum Content {
        /// Something new, made of what a former version said; 0: of nothing.
        case said(CountedText, parent: Int64)
        /// What a former version said first.
        case repeated(Int64)
    }

    static let creation = "create"

    var number: Int64
    /// `create`, a `BlockEdit.Kind`, or a `BlockReversion.Kind`.
    var kind: String
    var content: Content
    var actor: String?
    var at: Timestamp

    var json: JSONValue {
        var object: JSONObject = ["number": JSONValue(number), "kind": .string(kind)]
        switch content {
        case .said(let text, let parent):
            object.append("parent", JSONValue(parent))
            object.append("text", .string(text.text))
            object.append("tokens", JSONValue(text.tokens))
            if text.isEstimated { object.append("estimated", true) }
        case .repeated(let former): object.append("content", JSONValue(former))
        }
        object.append("actor", actor.map { .string($0) } ?? .null)
        object.append("at", at.filed)
        return .object(object)
    }

    init(number: Int64, kind: String, _ content: Content, actor: String?, at: Timestamp) {
        (self.number, self.kind, self.content, self.actor, self.at) = (number, kind, content, actor, at)
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(
            value, at: place,
            members: ["number", "kind", "parent", "text", "tokens", "estimated", "content", "actor", "at"])
        number = try object.integer("number", 1...Int64.max)
        kind = try object.text("kind")
        let isReversion = BlockReversion.Kind(rawValue: kind) != nil
        guard isReversion || kind == Self.creation || BlockEdit.Kind(rawValue: kind) != nil else {
            let kinds =
                [Self.creation] + BlockEdit.Kind.allCases.map(\.rawValue)
                + BlockReversion.Kind.allCases.map(\.rawValue)
            throw object.at("kind").fault("is one of \(kinds.joined(separator: ", ")), not \(kind)")
        }
        if object.has("content") {
            guard isReversion else { throw object.at("content").fault("is of undo, redo and restore alone") }
            for name in ["parent", "text", "tokens", "estimated"] where object.has(name) {
                throw object.at(name).fault("stands beside `content`, which says it")
            }
            content = .repeated(try object.integer("content", 1...Int64.max))
        } else {
            content = .said(try object.counted("text"), parent: try object.integer("parent", 0...Int64.max))
        }
        actor = try object.member("actor").isNull ? nil : object.name("actor", bytes: EventLogLimits().labelBytes)
        at = try object.time("at")
    }
}

/// In whose context a block is.
struct FiledShare {
    var block: String
    /// Nil: the agent's, and so that of all of its sessions.
    var session: String?

    var json: JSONValue { ["block": .string(block), "session": session.map { .string($0) } ?? .null] }

    init(block: String, session: String?) { (self.block, self.session) = (block, session) }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(value, at: place, members: ["block", "session"])
        block = try object.text("block")
        session = try object.member("session").isNull ? nil : object.text("session")
    }
}
