/// How a stream's name says which namespace it is of, and what protects it.
///
/// In a namespace `%` and `/` are written `%25` and `%2F`, and a `$` at its beginning `%24`: the first slash ends it,
/// and streams that begin with `$` are never of memories.
extension StreamName {
    /// A stream of a module's own, one for each of its subjects.
    ///
    ///     let people = StreamName(family: "tasks", namespace: "people", id: "7")  // $tasks:people/7
    ///
    /// What is done to a namespace as a whole is done to these streams, too: it is encrypted and erased with them.
    ///
    /// - Parameters:
    ///   - family: what the streams have in common, a word of `a` to `z`, digits and `_`. Anything else is a
    ///     programmer's error.
    ///   - id: the subject's, which may be any text.
    public init(family: String, namespace: String, id: String) {
        precondition(!family.isEmpty && family.utf8.allSatisfy(Self.isFamilyByte), "\(family) is no family of streams")
        self.init("$\(family):\(Self.category(ofNamespace: namespace))\(id)")
    }

    private static func isFamilyByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
    }

    /// The category that decides whether the stream's payloads are encrypted: of a module's stream that of its
    /// namespace, `people/` of `$tasks:people/7`; of every other stream its `category`.
    public var protectedCategory: Substring {
        guard let colon = colonOfModule, let slash = rawValue.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            return category
        }
        return rawValue[rawValue.utf8.index(after: colon)...slash]
    }

    /// The module that the stream is of: `tasks` of `$tasks:people/7`; nil if it is of none.
    package var module: String? {
        colonOfModule.map { String(rawValue[..<$0].dropFirst()) }
    }

    /// What ends the module's name in a stream of one.
    private var colonOfModule: String.Index? {
        let bytes = rawValue.utf8
        guard bytes.first == UInt8(ascii: "$"), let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        return bytes[..<slash].firstIndex(of: UInt8(ascii: ":"))
    }

    /// It is one of the namespace's streams, or one that a module has in it.
    package func isOf(namespace: String) -> Bool {
        protectedCategory.utf8.elementsEqual(Self.category(ofNamespace: namespace).utf8)
    }

    /// The category of a namespace's streams, with the slash at its end: `people/`.
    public static func category(ofNamespace namespace: String) -> String { escaped(namespace) + "/" }

    /// It is the ledger's own or a module's, and not a memory's.
    package var beginsWithDollar: Bool { rawValue.utf8.first == UInt8(ascii: "$") }

    /// A namespace as it stands in names of streams.
    package static func escaped(_ namespace: String) -> String {
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

    /// The namespace that stands so in names of streams.
    package static func unescaped(_ text: String) -> String {
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
