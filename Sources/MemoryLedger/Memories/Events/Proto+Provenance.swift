import EventLog
import SwiftProtobuf

extension ProtoProvenance {
    init(_ provenance: Provenance) {
        self.init()
        if let source = provenance.source {
            self.source = .with {
                $0.kind = source.kind.rawValue
                $0.name = source.name
            }
        }
        if let trust = provenance.trust { self.trust = Int32(clamping: trust) }
        derivedFrom = provenance.derivedFrom.map { key in
            .with {
                $0.namespace = key.namespace
                $0.key = key.key
            }
        }
    }
}

extension Provenance {
    init(_ proto: ProtoProvenance) {
        self.init(
            source: proto.hasSource
                ? Source(Source.Kind(rawValue: proto.source.kind) ?? .other, proto.source.name) : nil,
            trust: proto.hasTrust ? Int(proto.trust) : nil,
            derivedFrom: proto.derivedFrom.map { MemoryKey(namespace: $0.namespace, key: $0.key) })
    }
}
