import EventLog

/// Reads the JSON of an event's body, as `RecordedEvent.json()` shows it, back into the body. What it does not read
/// is found by showing the result again: see `EventBody`.
struct EventData {
    package let object: JSONObject

    typealias Fault = EventLine.Fault

    init(_ object: JSONObject) { self.object = object }

    /// The body in Protocol Buffers; nil for a type that cannot be made of JSON.
    func payload(of type: EventType) throws -> [UInt8]? {
        try memoryEvent(type)?.payload() ?? ledgerEvent(type)?.payload()
    }

    private func memoryEvent(_ type: EventType) throws -> MemoryEvent? {
        typealias Name = MemoryEvent.Name
        switch type {
        case Name.added: return .added(try content(), from: try provenance())
        case Name.replaced: return .replaced(try content(), from: try provenance())
        case Name.updated: return .updated(try change(), from: try provenance())
        case Name.renamed: return .renamed(newKey: try text("new_key"))
        case Name.nameTaken: return .nameTaken(oldKey: try text("old_key"))
        case Name.deleted: return .deleted
        case Name.accessed: return .accessed
        case Name.traversed: return .traversed
        case Name.metaSet: return .metaSet(try statistics())
        case Name.restored: return .restored(try restoration())
        case Name.linked: return .linked(try link())
        case Name.unlinked:
            return .unlinked(key: try text("key"), type: try optionalText("type"), term: try optionalText("term"))
        case Name.legacyImportStarted: return .legacyImportStarted(try importStart())
        default: return try oversightEvent(type).map { .oversight($0) }
        }
    }

    private func oversightEvent(_ type: EventType) throws -> OversightEvent? {
        typealias Name = MemoryEvent.Name
        switch type {
        case Name.quarantined: return .quarantined(try origin(), reason: try optionalText("reason"))
        case Name.released: return .released(try origin(), reason: try optionalText("reason"))
        case Name.policySet:
            return .policySet(
                LedgerPolicyChange(
                    requiresActor: object[LedgerPolicy.requireActorName]?.bool,
                    auditsReads: object[LedgerPolicy.auditReadsName]?.bool))
        case Name.memoriesRead:
            return .memoriesRead(
                ReadRecord(
                    operation: ReadOperation(try text("operation")), query: try Self.object(member("query"), "query"),
                    results: try count("results"), keys: try texts("keys"),
                    keysSHA256: try optionalText("keys_sha256").map { try Self.bytes($0) },
                    asOf: try optionalInteger("as_of")))
        case Name.contextComposed:
            return .contextComposed(
                try list("memories").map { ContextEntry(try $0.memory(), version: try $0.integer("version")) })
        default: return nil
        }
    }

    private func ledgerEvent(_ type: EventType) throws -> LedgerEvent? {
        switch type {
        case LedgerEvent.Name.signingKeyRotated:
            return .signingKeyRotated(
                SigningKeyRotation(
                    oldKey: try text("old_verifier_key"), newKey: try text("new_verifier_key"), note: try text("note")))
        case LedgerEvent.Name.epochStarted:
            let replaced = try optionalText("replaced_origin").map { origin in
                ReplacedLog(
                    origin: origin, size: try integer("replaced_size"), root: try root("replaced_root"),
                    checkpoint: try optionalText("replaced_checkpoint"))
            }
            return .epochStarted(
                EpochStart(
                    number: try integer("number"), epochID: try text("epoch_id"), origin: try text("origin"),
                    checkpoint: try optionalText("checkpoint"), restoredOrigin: try text("restored_origin"),
                    restoredSize: try integer("restored_size"), restoredRoot: try root("restored_root"),
                    replaced: replaced))
        case LedgerEvent.Name.subjectsProtected: return .subjectsProtected(namespace: try text("namespace"))
        case LedgerEvent.Name.subjectErased:
            return .subjectErased(
                ErasedSubjects(
                    subjects: try list("subjects").map { subject in
                        ErasedSubject(
                            stream: StreamName(try subject.text("stream")),
                            keys: try subject.array("keys").map { try Self.integer($0, "keys") },
                            isCurrent: subject.object["is_current"]?.bool ?? false)
                    },
                    reason: try text("reason"), selection: try text("selection"), part: try count("part"),
                    parts: try count("parts"), events: try count("events")))
        default: return nil
        }
    }

    // MARK: The parts of a memory

    private func content() throws -> MemoryContent {
        MemoryContent(
            domain: try text("domain"), summary: try text("summary"), text: try text("text"), type: try text("type"),
            keywords: try texts("keywords"), links: try list("links").map { try $0.link() },
            extra: object["extra"]?.object ?? [:])
    }

    private func change() throws -> MemoryChange {
        MemoryChange(
            domain: try optionalText("domain"), summary: try optionalText("summary"), text: try optionalText("text"),
            type: try optionalText("type"), keywords: object["keywords"] == nil ? nil : try texts("keywords"),
            links: object["links"] == nil ? nil : try list("links").map { try $0.link() })
    }

    /// What is none of a link's own members is what it holds beyond them.
    private func link() throws -> MemoryLink {
        guard let weight = try member("weight").number?.double, weight.isFinite else {
            throw Fault("`weight` is no number that a link can have")
        }
        let own: Set<String> = ["type", "key", "term", "weight"]
        return MemoryLink(
            type: try text("type"), key: try optionalText("key"), term: try text("term"), weight: weight,
            extra: JSONObject(object.members.filter { !own.contains($0.name) }))
    }

    private func provenance() throws -> Provenance? {
        guard let given = object["provenance"] else { return nil }
        let data = EventData(try Self.object(given, "provenance"))
        let source = try data.optional("source").map { try EventData(Self.object($0, "source")).source() }
        return Provenance(
            source: source, trust: try data.optionalInteger("trust").map { Int(clamping: $0) },
            derivedFrom: try data.list("derived_from").map { try $0.memory() })
    }

    private func source() throws -> Provenance.Source {
        guard let kind = Provenance.Source.Kind(rawValue: try text("kind")) else {
            throw Fault("`kind` is no kind of a source")
        }
        return Provenance.Source(kind, try text("name"))
    }

    private func statistics() throws -> MemoryMetaValues {
        guard let status = MemoryStatus(rawValue: try text("status")) else {
            throw Fault("`status` is no status of a memory")
        }
        return MemoryMetaValues(
            createdAt: try time("created_at"), lastAccessedAt: try time("last_accessed_at"),
            lastLinkedAt: try time("last_linked_at"), accessCount: try count("access_count"),
            traverseCount: try count("traverse_count"), status: status)
    }

    private func restoration() throws -> MemoryRestoration {
        MemoryRestoration(
            content: try content(),
            statistics: try EventData(Self.object(member("statistics"), "statistics")).statistics(),
            expiresAt: try optionalInteger("expires_at").map { Timestamp(milliseconds: $0) },
            asOf: try integer("as_of"), provenance: try provenance(), restoredID: try optionalInteger("restored_memory")
        )
    }

    private func importStart() throws -> LegacyImportStart {
        LegacyImportStart(
            path: try text("path"), sourceSHA256: try Self.bytes(text("source_sha256")),
            lineage: try Self.bytes(text("lineage")), format: try text("format"), table: try text("table"),
            sizeBytes: try integer("size_bytes"), mappingVersion: try count("mapping_version"),
            unitedLineages: object["united_lineages"] == nil
                ? [] : try texts("united_lineages").map { try Self.bytes($0) },
            isContinuedByHand: object["is_continued_by_hand"]?.bool ?? false)
    }

    private func origin() throws -> Origin {
        let origin = EventData(try Self.object(member("origin"), "origin"))
        return Origin(kind: try origin.text("kind"), name: try origin.text("name"))
    }

    private func memory() throws -> MemoryKey { MemoryKey(namespace: try text("namespace"), key: try text("key")) }
}

// MARK: Members

extension EventData {
    private func member(_ name: String) throws -> JSONValue {
        guard let value = object[name] else { throw Fault("`data` has no `\(name)`") }
        return value
    }

    /// Nil where it is missing or null.
    private func optional(_ name: String) -> JSONValue? { object[name]?.unlessNull }

    private func text(_ name: String) throws -> String {
        guard let text = try member(name).string else { throw Fault("`\(name)` is not a string") }
        return text
    }

    private func optionalText(_ name: String) throws -> String? { try optional(name) == nil ? nil : text(name) }

    private func integer(_ name: String) throws -> Int64 { try Self.integer(member(name), name) }

    private static func integer(_ value: JSONValue, _ name: String) throws -> Int64 {
        guard let value = value.number?.int64 else { throw Fault("`\(name)` is not a whole number") }
        return value
    }

    private func optionalInteger(_ name: String) throws -> Int64? { try optional(name) == nil ? nil : integer(name) }

    private func count(_ name: String) throws -> Int { Int(clamping: try integer(name)) }

    private func time(_ name: String) throws -> Timestamp { Timestamp(milliseconds: try integer(name)) }

    private func array(_ name: String) throws -> [JSONValue] {
        guard let array = try member(name).array else { throw Fault("`\(name)` is not a list") }
        return array
    }

    private func texts(_ name: String) throws -> [String] {
        try array(name).map { value in
            guard let text = value.string else { throw Fault("`\(name)` is not a list of strings") }
            return text
        }
    }

    private func list(_ name: String) throws -> [EventData] {
        try array(name).map { EventData(try Self.object($0, name)) }
    }

    private func root(_ name: String) throws -> MerkleHash {
        guard let root = MerkleHash(try Self.bytes(text(name))) else { throw Fault("`\(name)` has no 32 bytes") }
        return root
    }

    private static func object(_ value: JSONValue, _ name: String) throws -> JSONObject {
        guard let object = value.object else { throw Fault("`\(name)` is not an object") }
        return object
    }

    /// From two hexadecimal digits a byte.
    private static func bytes(_ text: String) throws -> [UInt8] {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue.map { UInt8($0) } }
        guard digits.count.isMultiple(of: 2) else { throw Fault("\"\(text)\" is not hexadecimal") }
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            guard let high = digits[index], let low = digits[index + 1] else {
                throw Fault("\"\(text)\" is not hexadecimal")
            }
            return high << 4 | low
        }
    }
}
