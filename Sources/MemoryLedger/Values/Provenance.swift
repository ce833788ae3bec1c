import EventLog

/// Where a memory comes from, as its writer says. It belongs to the writing, not to the content.
///
///     let page = Provenance(source: .init(.tool, "web-search"), trust: 40)
///     try await ledger.add(key, content, from: page, by: Attribution(actor: "assistant"))
public struct Provenance: Hashable, Sendable {
    /// What it was taken from: a user, a tool, a model.
    public struct Source: Hashable, Sendable, CustomStringConvertible {
        /// What kind of source it is.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case user, tool, `import`, model, other
        }

        public var kind: Kind
        /// 1 to `Provenance.maximumNameBytes` bytes of UTF-8 without control characters.
        public var name: String

        public init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }

        /// Byte by byte, as the tables compare.
        public static func == (left: Self, right: Self) -> Bool {
            left.kind == right.kind && left.name.hasSameBytes(as: right.name)
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(kind)
            name.hashBytes(into: &hasher)
        }

        /// `tool:web-search`.
        public var description: String { "\(kind.rawValue):\(name)" }
    }

    /// Nil: not said.
    public var source: Source?
    /// 0 (none) to 100 (full); nil: not said.
    public var trust: Int?
    /// The memories that it was made from, under their keys of then. What these come from, it comes from too.
    public var derivedFrom: [MemoryKey]

    /// Of a source's name.
    public static let maximumNameBytes = 512
    /// Of one write.
    public static let maximumDerivedFrom = 1_000
    public static let trustRange = 0...100

    public init(source: Source? = nil, trust: Int? = nil, derivedFrom: [MemoryKey] = []) {
        self.source = source
        self.trust = trust
        self.derivedFrom = derivedFrom
    }

    /// It says nothing.
    public var isEmpty: Bool { source == nil && trust == nil && derivedFrom.isEmpty }

    /// What holds after a change with this provenance: a source brings its own trust, keys are added.
    func changing(_ old: Provenance?) -> Provenance {
        guard let old else { return self }
        var merged = old
        if let source { (merged.source, merged.trust) = (source, trust) } else if let trust { merged.trust = trust }
        let known = Set(old.derivedFrom)
        merged.derivedFrom += derivedFrom.filter { !known.contains($0) }
        return merged
    }

    /// `{"source": {"kind", "name"}, "trust", "derived_from": [{"namespace", "key"}]}`, with null for what is not said.
    public var json: JSONValue {
        [
            "source": source?.json ?? .null, "trust": trust.map { JSONValue($0) } ?? .null,
            "derived_from": .array(derivedFrom.map(\.json)),
        ]
    }
}

extension Provenance.Source {
    /// `{"kind", "name"}`.
    public var json: JSONValue { ["kind": .string(kind.rawValue), "name": .string(name)] }

    /// What an import of a legacy database is called, by the hash of its first import.
    static func lineage(_ sha256: [UInt8]) -> Self {
        Self(.import, sha256.prefix(8).hexadecimal)
    }

    /// - Throws: `MemoryLedgerError.invalidArgument` where the name is none.
    func check() throws {
        let bytes = name.utf8
        guard (1...Provenance.maximumNameBytes).contains(bytes.count),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A source's name has 1 to \(Provenance.maximumNameBytes) bytes and no control characters; give another."
            )
        }
    }
}

extension Provenance {
    /// - Throws: `MemoryLedgerError.invalidArgument`; `MemoryLimitError` for a key that is none.
    func check(_ limits: MemoryLimits) throws {
        try source?.check()
        if let trust, !Self.trustRange.contains(trust) {
            throw MemoryLedgerError(.invalidArgument, "Trust is 0 (none) to 100 (full), not \(trust).")
        }
        guard derivedFrom.count <= Self.maximumDerivedFrom else {
            throw MemoryLedgerError(
                .invalidArgument,
                "\(derivedFrom.count) memories are named that it was derived from; name at most "
                    + "\(Self.maximumDerivedFrom) (Provenance.maximumDerivedFrom).")
        }
        for key in derivedFrom { try limits.check(key) }
    }
}

extension MemoryKey {
    /// `{"namespace", "key"}`.
    package var json: JSONValue { ["namespace": .string(namespace), "key": .string(key)] }

    init?(json: JSONValue) {
        guard let object = json.object, let namespace = object["namespace"]?.string, let key = object["key"]?.string
        else { return nil }
        self.init(namespace: namespace, key: key)
    }

    static func list(json bytes: UnsafeRawBufferPointer) throws -> [MemoryKey] {
        try JSONParser.parse(bytes).array?.compactMap { MemoryKey(json: $0) } ?? []
    }
}
