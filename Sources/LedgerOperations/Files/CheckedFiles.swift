import EventLog
public import MemoryLedger
public import MerkleLog

/// What files of proofs and evidence are worth, without the ledger that they are from.
///
///     let checked = CheckedFiles([(name: "tea.html", bytes: bytes)], trusting: [key])
///     print(checked.verdict)
public struct CheckedFiles: Sendable, OperationResult {
    /// What one file holds, or one proof of it.
    public enum Check: Sendable {
        case proof(ProofCheck)
        case evidence(EvidenceCheck)

        public var verdict: ProofCheck.Verdict {
            switch self {
            case .proof(let check): check.verdict
            case .evidence(let check): check.verdict
            }
        }
    }

    public var checks: [(file: String, check: Check)]
    package let catalogue: EventCatalogue
    /// The document has the events of evidence, too, as they are proved.
    public var listsEvents = false

    /// - Parameters:
    ///   - keys: whom to trust; the keys that they were rotated to by what the files hold are trusted too.
    ///   - catalogue: the events that are compared and shown: a ledger's `events`, if it has modules of your own.
    public init(
        _ files: [(name: String, bytes: [UInt8])], trusting keys: [NoteVerifierKey],
        knowing catalogue: EventCatalogue = .builtIn
    ) {
        self.catalogue = catalogue
        let trusted = ProofCheck.trustedKeys(keys, following: files.map(\.bytes))
        checks = files.flatMap { name, bytes -> [(file: String, check: Check)] in
            if EvidenceFile.isEvidence(bytes) {
                return [(name, .evidence(EvidenceCheck(bytes, trusting: trusted, knowing: catalogue)))]
            }
            return ProofCheck.check(bytes, trusting: trusted).map { (name, .proof($0)) }
        }
    }

    /// The worst of them.
    public var verdict: ProofCheck.Verdict {
        let all = checks.map(\.check.verdict)
        if all.contains(.wrong) { return .wrong }
        return all.contains(.signerUnknown) ? .signerUnknown : .verified
    }

    /// `{"verdict", "proofs": [CHECK]}`; of evidence, with `listsEvents`, a check has `proved_events`, too.
    public func document() throws -> JSONValue {
        [
            "verdict": .string(verdict.rawValue),
            "proofs": .array(
                try checks.map { file, check in
                    switch check {
                    case .proof(let check): try check.json(file, catalogue)
                    case .evidence(let check): try check.json(file, listing: listsEvents ? catalogue : nil)
                    }
                }),
        ]
    }
}

extension ProofCheck {
    /// The event as `log` shows it; if it is encrypted or could not be read, with its bytes.
    package func eventJSON(_ catalogue: EventCatalogue) throws -> JSONValue {
        guard let event, let position else { return .null }
        let recorded = event.recorded(at: position)
        guard event.payloadForm == .plain else { return try catalogue.json(of: recorded, sealed: true) }
        return try catalogue.json(of: recorded)
    }

    fileprivate func json(_ file: String, _ catalogue: EventCatalogue) throws -> JSONValue {
        [
            "file": .string(file), "kind": .string(kind.rawValue), "verdict": .string(verdict.rawValue),
            "problem": JSONValue(optional: problem?.message), "code": JSONValue(optional: problem?.code.description),
            "origin": JSONValue(optional: checkpoint?.origin),
            "size": checkpoint.map { JSONValue($0.size) } ?? .null,
            "root": JSONValue(optional: checkpoint?.root.description),
            "old_size": oldCheckpoint.map { JSONValue($0.size) } ?? .null,
            "old_root": JSONValue(optional: oldCheckpoint?.root.description),
            "position": position.map { JSONValue($0) } ?? .null, "event": try eventJSON(catalogue),
            "signers": .array(signers.map { .string($0.description) }),
        ]
    }
}

extension EvidenceCheck {
    /// An event of it as `log` shows it, from what is proved; if it is encrypted, with its bytes.
    private func json(of event: CanonicalEvent, at position: Position, _ catalogue: EventCatalogue) throws -> JSONValue
    {
        try catalogue.json(of: event.recorded(at: position), sealed: event.payloadForm != .plain)
    }

    fileprivate func json(_ file: String, listing catalogue: EventCatalogue?) throws -> JSONValue {
        var object = json(file)
        if let catalogue {
            let proved = verdict == .wrong ? [] : events
            object.append(
                "proved_events", .array(try proved.map { try json(of: $0.event, at: $0.position, catalogue) }))
        }
        return .object(object)
    }

    private func json(_ file: String) -> JSONObject {
        [
            "file": .string(file), "kind": "evidence", "verdict": .string(verdict.rawValue),
            "problem": JSONValue(optional: problem?.message), "code": JSONValue(optional: problem?.code.description),
            "origin": JSONValue(optional: checkpoint?.origin),
            "size": checkpoint.map { JSONValue($0.size) } ?? .null,
            "root": JSONValue(optional: checkpoint?.root.description), "events": JSONValue(counts.events),
            "erased": JSONValue(counts.erased), "locked": JSONValue(counts.locked),
            "decrypted": JSONValue(counts.decrypted), "uncompared": JSONValue(uncompared),
            "first": first.map { JSONValue($0) } ?? .null, "last": last.map { JSONValue($0) } ?? .null,
            "completeness": .string(completeness.rawValue), "ranges": .array(ranges.map(\.json)),
            "signers": .array(signers.map { .string($0.description) }),
        ]
    }
}
