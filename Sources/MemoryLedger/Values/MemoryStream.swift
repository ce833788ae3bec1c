package import EventLog

/// Which stream a memory's events are in: `<namespace>/<key>`.
///
/// The namespace is written as in all names of streams (`StreamName.escaped`), the key as it is. Streams that begin
/// with `$` are the ledger's own and its modules'.
package enum MemoryStream {
    package static func name(_ id: MemoryKey) -> StreamName {
        StreamName(StreamName.category(ofNamespace: id.namespace) + id.key)
    }

    /// The memory that a stream is of; nil for the ledger's own streams.
    package static func memory(_ stream: StreamName) -> MemoryKey? {
        let text = stream.rawValue
        guard text.utf8.first != UInt8(ascii: "$"), let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            return nil
        }
        let namespace = String(text[..<slash])
        let key = String(decoding: text.utf8[slash...].dropFirst(), as: UTF8.self)
        return MemoryKey(namespace: StreamName.unescaped(namespace), key: key)
    }

    static let importPrefix = "$import/"

    /// Where rows go that name no memory, and an import's own events.
    package static func importStream(lineage: [UInt8]) -> StreamName {
        StreamName(importPrefix + lineage.prefix(8).hexadecimal)
    }

    /// What the names of a namespace's streams begin with.
    package static func category(_ namespace: String) -> String { StreamName.category(ofNamespace: namespace) }

    /// The namespace of a category.
    package static func namespace(ofCategory category: String) -> String {
        memory(StreamName(category))?.namespace ?? category
    }
}
