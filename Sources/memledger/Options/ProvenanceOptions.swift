import ArgumentParser
import EventLog
import MemoryLedger

/// A source as `kind:name`; the name may contain colons.
struct SourceArgument: ExpressibleByArgument {
    let source: Provenance.Source

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, let kind = Provenance.Source.Kind(rawValue: parts[0]) else {
            return nil
        }
        source = Provenance.Source(kind, parts[1])
    }

    static let kinds = "user, tool, import, model or other"
}

/// Where what is written comes from.
struct ProvenanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where it comes from; the kind is \(SourceArgument.kinds).", valueName: "kind:name"))
    var source: SourceArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far it is to be trusted, 0 (not) to 100 (fully).", valueName: "number"))
    var trust: Int?

    @Option(
        help: ArgumentHelp(
            "A memory that it was made from, in the same namespace, or /NAMESPACE/KEY; repeatable.", valueName: "key"))
    var derivedFrom: [String] = []

    func validate() throws {
        if let trust, !Provenance.trustRange.contains(trust) {
            throw ValidationError("--trust is 0 (not at all) to 100 (fully), not \(trust).")
        }
        for key in derivedFrom where key.isEmpty || (key.hasPrefix("/") && Self.absolute(key) == nil) {
            throw ValidationError("--derived-from is a key, or /NAMESPACE/KEY, not \"\(key)\".")
        }
    }

    private static func absolute(_ text: String) -> MemoryKey? {
        guard let memory = MemoryStream.memory(StreamName(String(text.dropFirst()))), !memory.key.isEmpty else {
            return nil
        }
        return memory
    }

    private func keys(_ place: NamespaceOption) -> [MemoryKey] {
        derivedFrom.map { $0.hasPrefix("/") ? Self.absolute($0) ?? place.key($0) : place.key($0) }
    }

    /// - Throws: `ValidationError` where the memory is to be derived from itself.
    func check(_ memory: MemoryKey, _ place: NamespaceOption, in ledger: MemoryLedger) async throws {
        let memory = try await ledger.resolve(memory)
        var isOwn = false
        for key in keys(place) where try await ledger.resolve(key) == memory { isOwn = true }
        guard isOwn else { return }
        throw ValidationError("\(memory.key) cannot be derived from itself; name other memories by --derived-from.")
    }

    /// The memories that it is said to be derived from, and that are not there.
    func missing(in ledger: MemoryLedger, _ place: NamespaceOption) async throws -> [MemoryKey] {
        var missing: [MemoryKey] = []
        for key in keys(place) {
            let key = try await ledger.resolve(key)
            if try await ledger.includingQuarantined.find(key) == nil { missing.append(key) }
        }
        return missing
    }

    /// What was said; nil where nothing was.
    func provenance(_ place: NamespaceOption) -> Provenance? {
        let provenance = Provenance(source: source?.source, trust: trust, derivedFrom: keys(place))
        return provenance.isEmpty ? nil : provenance
    }
}

/// An actor or a source, one of them.
struct OriginOptions: ParsableArguments {
    @Option(
        name: .customLong("actor"),
        help: ArgumentHelp("What this actor wrote; who acts now is --as.", valueName: "name"))
    var originActor: String?

    @Option(
        help: ArgumentHelp(
            "What comes from this source; the kind is \(SourceArgument.kinds).", valueName: "kind:name"))
    var source: SourceArgument?

    /// What is named; nil where nothing is.
    var origin: Origin? { originActor.map { .actor($0) } ?? source.map { .source($0.source) } }

    func validate() throws {
        if originActor != nil, source != nil {
            throw ValidationError("Give --actor or --source, not both; who acts now is --as.")
        }
        if originActor?.isEmpty == true { throw ValidationError("--actor has no name.") }
    }
}

extension Page {
    /// A key that holds nothing now may be a mistake; one that held a memory still says what the new one comes from.
    mutating func missingOrigins(_ missing: [MemoryKey]) {
        for key in missing { line("/\(key.namespace)/\(key.key) of --derived-from holds no memory now.", .yellow) }
    }
}
