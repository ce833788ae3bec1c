package import EventLog

/// Which stream a memory's events are in: `<namespace>/<key>`.
///
/// In the namespace `%` and `/` are written `%25` and `%2F`, and a `$` at its beginning `%24`: the first slash ends it,
/// and streams that begin with `$` are the ledger's own. The key is as it is.
package enum MemoryStream {
    package static func name(_ id: MemoryKey) -> StreamName {
        StreamName(escape(id.namespace) + "/" + id.key)
    }

    /// The memory that a stream is of; nil for the ledger's own streams.
    package static func memory(_ stream: StreamName) -> MemoryKey? {
        let text = stream.rawValue
        guard text.utf8.first != UInt8(ascii: "$"), let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            return nil
        }
        let namespace = String(text[..<slash])
        let key = String(decoding: text.utf8[slash...].dropFirst(), as: UTF8.self)
        return MemoryKey(namespace: unescape(namespace), key: key)
    }

    static let importPrefix = "$import/"

    /// Where rows go that name no memory, and an import's own events.
    package static func importStream(lineage: [UInt8]) -> StreamName {
        StreamName(importPrefix + lineage.prefix(8).hexadecimal)
    }

    /// Where reads of a namespace are written down; of all namespaces where it is nil.
    package static func reads(_ namespace: String?) -> StreamName {
        StreamName("$reads/" + (namespace.map(escape) ?? ""))
    }

    /// What was put into a context.
    package static func context(_ id: String) -> StreamName { StreamName("$contexts/" + id) }

    /// What the ledger holds back, and what it demands.
    package static let quarantine: StreamName = "$ledger/quarantine"
    package static let policy = LedgerPolicyChange.stream

    private static func escape(_ namespace: String) -> String {
        guard namespace.utf8.contains(where: { $0 == 0x25 || $0 == 0x2f }) || namespace.utf8.first == 0x24 else {
            return namespace
        }
        var escaped: [UInt8] = []
        for (index, byte) in namespace.utf8.enumerated() {
            switch byte {
            case 0x25: escaped += Array("%25".utf8)
            case 0x2f: escaped += Array("%2F".utf8)
            case 0x24 where index == 0: escaped += Array("%24".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static let escapes: [(code: [UInt8], byte: UInt8)] = [
        (Array("25".utf8), 0x25), (Array("2F".utf8), 0x2f), (Array("24".utf8), 0x24),
    ]

    private static func unescape(_ text: String) -> String {
        guard text.utf8.contains(0x25) else { return text }
        // Byte by byte: as characters, a `%2F` before a combining mark is not a `%2F`.
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let known = byte == 0x25 ? escapes.first { rest.starts(with: $0.code) } : nil
            bytes.append(known?.byte ?? byte)
            if known != nil { rest = rest.dropFirst(2) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
