import EventLog
public import MemoryLedger

/// Where what is written comes from.
enum ProvenanceParameters {
    static let source = Parameter(
        "source", optional: .source, "Where it comes from, as kind:name; the kind is \(Provenance.Source.kinds).")
    static let trust = Parameter<Int?>(
        "trust", optional: .integer(Provenance.trustRange), "How far it is to be trusted, 0 (not) to 100 (fully).")
    static let derivedFrom = Parameter(
        "derived_from", ArgumentType.string.list("a list of keys"), default: [],
        "The memories that it was made from: keys in the same namespace, or /NAMESPACE/KEY.")

    static let all: [any OperationParameter] = [source, trust, derivedFrom]

    /// - Parameter namespace: which the keys are in that name none.
    /// - Returns: nil if nothing was said.
    static func provenance(_ arguments: OperationArguments, in namespace: String) throws -> Provenance? {
        let keys = try arguments[derivedFrom].enumerated().map { index, text in
            guard let key = MemoryKey(reference: text, in: namespace) else {
                throw OperationArgumentError.wrong(
                    "\(derivedFrom.name)[\(index)]", expected: "a key, or /NAMESPACE/KEY", found: text)
            }
            return key
        }
        let provenance = Provenance(source: try arguments[source], trust: try arguments[trust], derivedFrom: keys)
        return provenance.isEmpty ? nil : provenance
    }
}

extension ArgumentType where Value == Provenance.Source {
    static var source: Self {
        ArgumentType<String>.string.mapping("kind:name, the kind being \(Provenance.Source.kinds)") {
            Provenance.Source(text: $0)
        }
    }
}

extension Provenance.Source {
    package static let kinds = "user, tool, import, model or other"

    /// A source as `kind:name`; the name may contain colons. Nil if it is none.
    public init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, let kind = Kind(rawValue: parts[0]) else { return nil }
        self.init(kind, parts[1])
    }
}

extension MemoryKey {
    /// A key in a namespace, or `/NAMESPACE/KEY`. Nil if it is neither.
    package init?(reference text: String, in namespace: String) {
        guard text.hasPrefix("/") else {
            guard !text.isEmpty else { return nil }
            self.init(namespace: namespace, key: text)
            return
        }
        guard let memory = MemoryStream.memory(StreamName(String(text.dropFirst()))), !memory.key.isEmpty else {
            return nil
        }
        self = memory
    }
}

extension Provenance {
    /// - Throws: `OperationArgumentError` if the memory is to be derived from itself.
    func check(_ memory: MemoryKey, in ledger: MemoryLedger) async throws {
        let memory = try await ledger.resolve(memory)
        var isOwn = false
        for key in derivedFrom where try await ledger.resolve(key) == memory { isOwn = true }
        guard isOwn else { return }
        throw OperationArgumentError(
            ProvenanceParameters.derivedFrom.name,
            before: "\(memory.key) cannot be derived from itself; name other memories by ", after: ".")
    }

    /// The memories that it is said to be derived from, and that are not there. One that held a memory still says what
    /// the new one comes from.
    func missing(in ledger: MemoryLedger) async throws -> [MemoryKey] {
        var missing: [MemoryKey] = []
        for key in derivedFrom {
            let key = try await ledger.resolve(key)
            if try await ledger.includingQuarantined.find(key) == nil { missing.append(key) }
        }
        return missing
    }
}
