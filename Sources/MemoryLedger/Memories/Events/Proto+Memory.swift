import EventLog
import SwiftProtobuf

// From the domain's values to the messages of Schemas/proto and back. Nothing else knows the generated types.

extension ProtoLink {
    init(_ link: MemoryLink) {
        self.init()
        type = link.type
        if let key = link.key { self.key = key }
        term = link.term
        weight = link.weight
        if !link.extra.isEmpty { extraJson = JSONValue(link.extra).description }
    }
}

extension MemoryLink {
    init(_ proto: ProtoLink) {
        self.init(
            type: proto.type, key: proto.hasKey ? proto.key : nil, term: proto.term, weight: proto.weight,
            extra: proto.hasExtraJson ? JSONObject(text: proto.extraJson) : [:])
    }
}

extension ProtoContent {
    init(_ content: MemoryContent) {
        self.init()
        domain = content.domain
        summary = content.summary
        text = content.text
        type = content.type
        keywords = content.keywords
        links = content.links.map { ProtoLink($0) }
        if !content.extra.isEmpty { extraJson = JSONValue(content.extra).description }
    }
}

extension MemoryContent {
    init(_ proto: ProtoContent) {
        self.init(
            domain: proto.domain, summary: proto.summary, text: proto.text, type: proto.type,
            keywords: proto.keywords, links: proto.links.map { MemoryLink($0) },
            extra: proto.hasExtraJson ? JSONObject(text: proto.extraJson) : [:])
    }
}

extension JSONObject {
    /// An object from its own text; empty where the text is not one.
    init(text: String) {
        self = (try? JSONParser.parse(Array(text.utf8)).object) ?? [:]
    }
}

extension ProtoMemoryUpdated {
    init(_ change: MemoryChange) {
        self.init()
        if let domain = change.domain { self.domain = domain }
        if let summary = change.summary { self.summary = summary }
        if let text = change.text { self.text = text }
        if let type = change.type { self.type = type }
        if let keywords = change.keywords { self.keywords = .with { $0.values = keywords } }
        if let links = change.links { self.links = .with { $0.values = links.map { ProtoLink($0) } } }
    }
}

extension MemoryChange {
    init(_ proto: ProtoMemoryUpdated) {
        self.init(
            domain: proto.hasDomain ? proto.domain : nil, summary: proto.hasSummary ? proto.summary : nil,
            text: proto.hasText ? proto.text : nil, type: proto.hasType ? proto.type : nil,
            keywords: proto.hasKeywords ? proto.keywords.values : nil,
            links: proto.hasLinks ? proto.links.values.map { MemoryLink($0) } : nil)
    }
}

extension ProtoMemoryMetaSet {
    init(_ values: MemoryMetaValues) {
        self.init()
        createdAt = values.createdAt.milliseconds
        lastAccessedAt = values.lastAccessedAt.milliseconds
        lastLinkedAt = values.lastLinkedAt.milliseconds
        accessCount = Int64(values.accessCount)
        traverseCount = Int64(values.traverseCount)
        status = values.status.rawValue
    }
}

extension MemoryMetaValues {
    init(_ proto: ProtoMemoryMetaSet) {
        self.init(
            createdAt: Timestamp(milliseconds: proto.createdAt),
            lastAccessedAt: Timestamp(milliseconds: proto.lastAccessedAt),
            lastLinkedAt: Timestamp(milliseconds: proto.lastLinkedAt), accessCount: Int(clamping: proto.accessCount),
            traverseCount: Int(clamping: proto.traverseCount), status: MemoryStatus(rawValue: proto.status) ?? .active)
    }
}

extension ProtoMemoryRestored {
    init(_ restoration: MemoryRestoration) {
        self.init()
        content = ProtoContent(restoration.content)
        statistics = ProtoMemoryMetaSet(restoration.statistics)
        if let expiresAt = restoration.expiresAt { self.expiresAt = expiresAt.milliseconds }
        asOf = restoration.asOf
        if let provenance = restoration.provenance { self.provenance = ProtoProvenance(provenance) }
        if let id = restoration.restoredID { restoredMemory = id }
    }
}

extension MemoryRestoration {
    init(_ proto: ProtoMemoryRestored) {
        self.init(
            content: MemoryContent(proto.content), statistics: MemoryMetaValues(proto.statistics),
            expiresAt: proto.hasExpiresAt ? Timestamp(milliseconds: proto.expiresAt) : nil, asOf: proto.asOf,
            provenance: proto.hasProvenance ? Provenance(proto.provenance) : nil,
            restoredID: proto.hasRestoredMemory ? proto.restoredMemory : nil)
    }
}
