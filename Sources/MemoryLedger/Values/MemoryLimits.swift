/// How large a memory may be. Every way in checks it; beyond a limit there is a `MemoryLimitError`.
public struct MemoryLimits: Hashable, Sendable {
    /// Of a key, in bytes of UTF-8.
    public var keyBytes: ClosedRange<Int>
    /// Of a namespace, in bytes of UTF-8.
    public var namespaceBytes: ClosedRange<Int>
    /// Of any one text of a memory, in bytes of UTF-8: its text, summary, domain or type, a keyword, or a link's part.
    public var textBytes: Int
    public var linksPerMemory: Int

    public init(
        keyBytes: ClosedRange<Int> = 1...1_024, namespaceBytes: ClosedRange<Int> = 1...256,
        textBytes: Int = 16 << 20, linksPerMemory: Int = 10_000
    ) {
        self.keyBytes = keyBytes
        self.namespaceBytes = namespaceBytes
        self.textBytes = textBytes
        self.linksPerMemory = linksPerMemory
    }

    public static let standard = MemoryLimits()
}

/// A key or a memory beyond a limit.
public struct MemoryLimitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which limit it is, by the name that it has in JSON.
    public struct Limit: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let keyBytes = Limit(rawValue: "key_bytes")
        public static let namespaceBytes = Limit(rawValue: "namespace_bytes")
        /// Control characters in a key or a namespace, of which there may be none.
        public static let controlCharacters = Limit(rawValue: "control_characters")
        public static let textBytes = Limit(rawValue: "text_bytes")
        public static let linksPerMemory = Limit(rawValue: "links_per_memory")
        /// Levels of a JSON value that is kept beside the fields.
        public static let extraDepth = Limit(rawValue: "extra_depth")
        /// Links that one question about them looks at.
        public static let graphLinks = Limit(rawValue: "graph_links")
    }

    public let limit: Limit
    /// The field that is at fault, as it is called in JSON.
    public let field: String
    public let allowed: ClosedRange<Int>
    public let found: Int

    public var description: String {
        let least = allowed.lowerBound
        let range = least == 0 ? "at most \(allowed.upperBound)" : "\(least) to \(allowed.upperBound)"
        return switch limit {
        case .controlCharacters: "The \(field) has \(found) control characters, which are not allowed."
        case .linksPerMemory: "The memory has \(found) links; allowed are \(range) (\(limit.rawValue))."
        case .graphLinks:
            "Nothing was found among the first \(allowed.upperBound) links (\(limit.rawValue)); ask for fewer links one "
                + "after the other, for some types, or for a greater weight."
        case .extraDepth: "The \(field) has \(found) levels or more; allowed are \(range) (\(limit.rawValue))."
        default: "The \(field) has \(found) bytes; allowed are \(range) (\(limit.rawValue))."
        }
    }
}

extension MemoryLimits {
    public func check(_ id: MemoryKey) throws(MemoryLimitError) {
        try check(id.key, "key", .keyBytes, keyBytes)
        try check(id.namespace, "namespace", .namespaceBytes, namespaceBytes)
    }

    public func check(_ content: MemoryContent) throws(MemoryLimitError) {
        guard content.links.count <= linksPerMemory else {
            throw MemoryLimitError(
                limit: .linksPerMemory, field: "links", allowed: 0...linksPerMemory, found: content.links.count)
        }
        try checkText(content.text, "text")
        try checkText(content.summary, "summary")
        try checkText(content.domain, "domain")
        try checkText(content.type, "type")
        for keyword in content.keywords { try checkText(keyword, "keywords") }
        for link in content.links {
            try checkText(link.type, "links.type")
            try checkText(link.key ?? "", "links.key")
            try checkText(link.term, "links.term")
            try checkDepth(link.extra, "links.extra")
        }
        try checkDepth(content.extra, "extra")
    }

    /// Levels of what is kept beside a memory's fields, or a link's: with these around it a parser still reads it.
    public static let extraDepth = 510

    private func checkDepth(_ extra: JSONObject, _ field: String) throws(MemoryLimitError) {
        guard !extra.isEmpty, JSONValue.object(extra).isDeeper(than: Self.extraDepth) else { return }
        throw MemoryLimitError(
            limit: .extraDepth, field: field, allowed: 0...Self.extraDepth, found: Self.extraDepth + 1)
    }

    private func checkText(_ text: String, _ field: String) throws(MemoryLimitError) {
        let count = text.utf8.count
        guard count > textBytes else { return }
        throw MemoryLimitError(limit: .textBytes, field: field, allowed: 0...textBytes, found: count)
    }

    private func check(
        _ name: String, _ field: String, _ limit: MemoryLimitError.Limit, _ allowed: ClosedRange<Int>
    ) throws(MemoryLimitError) {
        let count = name.utf8.count
        guard allowed.contains(count) else {
            throw MemoryLimitError(limit: limit, field: field, allowed: allowed, found: count)
        }
        let controls = controlCharacters(in: name)
        guard controls == 0 else {
            throw MemoryLimitError(limit: .controlCharacters, field: field, allowed: 0...0, found: controls)
        }
    }

    /// How many characters of Unicode's category Cc there are: U+0000 to U+001F and U+007F to U+009F.
    private func controlCharacters(in name: String) -> Int {
        var count = 0
        var previous: UInt8 = 0
        for byte in name.utf8 {
            if byte < 0x20 || byte == 0x7f || (previous == 0xc2 && (0x80...0x9f).contains(byte)) { count += 1 }
            previous = byte
        }
        return count
    }
}
