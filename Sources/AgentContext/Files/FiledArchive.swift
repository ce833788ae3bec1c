import EventLog
import MemoryLedger

/// An archive of a file.
struct FiledArchive {
    var name: String
    var passages: [FiledPassage]

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(value, at: place, members: ["name", "passages"])
        let name = try object.name("name")
        self.name = name
        passages = try object.list("passages") { try FiledPassage($0, $1, archive: name) }
        guard !passages.isEmpty else { throw object.at("passages").fault("is empty; an archive is its passages") }
    }
}

/// A passage of an archive of a file.
struct FiledPassage {
    var passage: Passage
    var at: Timestamp

    var json: JSONValue {
        var object: JSONObject = ["content": .string(passage.content), "tokens": JSONValue(passage.tokens)]
        if passage.isEstimated { object.append("estimated", true) }
        if !passage.tags.isEmpty { object.append("tags", .array(passage.tags.map { .string($0) })) }
        if !passage.metadata.isEmpty { object.append("metadata", .object(passage.metadata)) }
        if let user = passage.user { object.append("user", .string(user)) }
        if let session = passage.session { object.append("session", .string(session)) }
        if let embedding = passage.embedding { object.append("embedding", JSONValue(base64: embedding)) }
        object.append("at", at.filed)
        return .object(object)
    }

    init(_ passage: Passage, at: Timestamp) { (self.passage, self.at) = (passage, at) }

    init(_ value: JSONValue, _ place: FilePlace, archive: String) throws {
        let object = try FileObject(value, at: place, members: Self.members)
        let text = try object.counted("content")
        guard !text.text.isEmpty else { throw object.at("content").fault("is empty") }
        passage = Passage(text.text, archive: archive, tokens: text.tokens, isEstimated: text.isEstimated)
        if object.has("tags") { passage.tags = try Self.tags(object) }
        if object.has("metadata") { passage.metadata = try object.anyObject("metadata") }
        if object.has("user") { passage.user = try object.name("user") }
        if object.has("session") { passage.session = try object.text("session") }
        passage.embedding = try object.bytes("embedding", atMost: ContextLimits.embeddingBytes)
        at = try object.time("at")
    }

    private static func tags(_ object: FileObject) throws -> [String] {
        var seen: Set<ByteText> = []
        let tags = try object.list("tags") { value, place in
            guard let tag = value.string, !tag.isEmpty, tag.utf8.count <= ContextLimits.nameBytes else {
                throw place.fault("is a text of 1 to \(ContextLimits.nameBytes) bytes")
            }
            try place.note(tag, in: &seen)
            return tag
        }
        guard tags.count <= ContextLimits.tags else {
            throw object.at("tags").fault("has at most \(ContextLimits.tags) entries, not \(tags.count)")
        }
        return tags
    }

    private static let members = [
        "content", "tokens", "estimated", "tags", "metadata", "user", "session", "embedding", "at",
    ]
}
