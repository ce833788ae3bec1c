import ArgumentParser
import LedgerOperations
import MemoryLedger

/// Where what is written comes from.
struct ProvenanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where it comes from; the kind is \(Provenance.Source.kinds).", valueName: "kind:name"))
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
        for key in derivedFrom where MemoryKey(reference: key, in: "") == nil {
            throw ValidationError("--derived-from is a key, or /NAMESPACE/KEY, not \"\(key)\".")
        }
    }

    /// What was said; nil where nothing was.
    func provenance(_ place: NamespaceOption) -> Provenance? {
        let keys = derivedFrom.compactMap { MemoryKey(reference: $0, in: place.namespace) }
        let provenance = Provenance(source: source?.source, trust: trust, derivedFrom: keys)
        return provenance.isEmpty ? nil : provenance
    }
}

/// An actor or a source, one of them.
struct ContributorOptions: ParsableArguments {
    @Option(
        name: .customLong("actor"),
        help: ArgumentHelp("What this actor wrote; who acts now is --as.", valueName: "name"))
    var contributorActor: String?

    @Option(
        help: ArgumentHelp(
            "What comes from this source; the kind is \(Provenance.Source.kinds).", valueName: "kind:name"))
    var source: SourceArgument?

    /// What is named; nil where nothing is.
    var contributor: Contributor? { contributorActor.map { .actor($0) } ?? source.map { .source($0.source) } }

    func validate() throws {
        if contributorActor != nil, source != nil {
            throw ValidationError("Give --actor or --source, not both; who acts now is --as.")
        }
        if contributorActor?.isEmpty == true { throw ValidationError("--actor has no name.") }
    }
}

extension Page {
    /// A key that holds nothing now may be a mistake; one that held a memory still says what the new one comes from.
    mutating func missingProvenance(_ missing: [MemoryKey]) {
        for key in missing { line("/\(key.namespace)/\(key.key) of --derived-from holds no memory now.", .yellow) }
    }
}
