import EventLog

/// The parts that events of memories are made of.
extension EventData {
    func content() throws -> MemoryContent {
        MemoryContent(
            domain: try text("domain"), summary: try text("summary"), text: try text("text"), type: try text("type"),
            keywords: try texts("keywords"), links: try list("links").map { try $0.link() },
            extra: object["extra"]?.object ?? [:])
    }

    func change() throws -> MemoryChange {
        MemoryChange(
            domain: try optionalText("domain"), summary: try optionalText("summary"), text: try optionalText("text"),
            type: try optionalText("type"), keywords: object["keywords"] == nil ? nil : try texts("keywords"),
            links: object["links"] == nil ? nil : try list("links").map { try $0.link() })
    }

    /// What is none of a link's own members is what it holds beyond them.
    func link() throws -> MemoryLink {
        guard let weight = try member("weight").number?.double, weight.isFinite else {
            throw EventDataError("`weight` is no number that a link can have")
        }
        let own: Set<String> = ["type", "key", "term", "weight"]
        return MemoryLink(
            type: try text("type"), key: try optionalText("key"), term: try text("term"), weight: weight,
            extra: JSONObject(object.members.filter { !own.contains($0.name) }))
    }

    func provenance() throws -> Provenance? {
        guard let given = object["provenance"] else { return nil }
        let data = EventData(try Self.object(given, "provenance"))
        let source = try data.optional("source").map { try EventData(Self.object($0, "source")).source() }
        return Provenance(
            source: source, trust: try data.optionalInteger("trust").map { Int(clamping: $0) },
            derivedFrom: try data.list("derived_from").map { try $0.memory() })
    }

    func source() throws -> Provenance.Source {
        guard let kind = Provenance.Source.Kind(rawValue: try text("kind")) else {
            throw EventDataError("`kind` is no kind of a source")
        }
        return Provenance.Source(kind, try text("name"))
    }

    func statistics() throws -> MemoryMetaValues {
        guard let status = MemoryStatus(rawValue: try text("status")) else {
            throw EventDataError("`status` is no status of a memory")
        }
        return MemoryMetaValues(
            createdAt: try time("created_at"), lastAccessedAt: try time("last_accessed_at"),
            lastLinkedAt: try time("last_linked_at"), accessCount: try count("access_count"),
            traverseCount: try count("traverse_count"), status: status)
    }

    func restoration() throws -> MemoryRestoration {
        MemoryRestoration(
            content: try content(),
            statistics: try EventData(Self.object(member("statistics"), "statistics")).statistics(),
            expiresAt: try optionalInteger("expires_at").map { Timestamp(milliseconds: $0) },
            asOf: try integer("as_of"), provenance: try provenance(), restoredID: try optionalInteger("restored_memory")
        )
    }

    func importStart() throws -> LegacyImportStart {
        LegacyImportStart(
            path: try text("path"), sourceSHA256: try Self.bytes(text("source_sha256")),
            lineage: try Self.bytes(text("lineage")), format: try text("format"), table: try text("table"),
            sizeBytes: try integer("size_bytes"), mappingVersion: try count("mapping_version"),
            unitedLineages: object["united_lineages"] == nil
                ? [] : try texts("united_lineages").map { try Self.bytes($0) },
            isContinuedByHand: object["is_continued_by_hand"]?.bool ?? false)
    }

    func contributor() throws -> Contributor {
        let contributor = EventData(try Self.object(member("origin"), "origin"))
        return Contributor(kind: try contributor.text("kind"), name: try contributor.text("name"))
    }

    func memory() throws -> MemoryKey { MemoryKey(namespace: try text("namespace"), key: try text("key")) }
}
