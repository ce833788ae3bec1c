public import EventLog

/// What checking one proof or checkpoint gave. Needs neither ledger nor network nor anything remembered.
///
///     for check in ProofCheck.check(bytes, trusting: [key]) { print(check.kind, check.verdict) }
public struct ProofCheck: Sendable {
    /// What is claimed.
    public enum Kind: String, Sendable {
        /// An event is in a log that was signed.
        case inclusion
        /// A log continues another.
        case consistency
        /// A signed checkpoint by itself.
        case checkpoint
    }

    /// What became of the claim.
    public enum Verdict: String, Sendable {
        /// All hashes and all signatures hold, and a key that is trusted has signed.
        case verified
        /// The hashes hold, and no trusted key has signed: anybody can have made it up.
        case signerUnknown = "signer_unknown"
        /// Something does not hold: `problem`.
        case wrong
    }

    public var kind: Kind
    public var verdict: Verdict
    /// Why it is wrong, or whose key is not known.
    public var problem: EventLogError?
    /// The keys that are trusted and have signed; of a consistency proof, those that have signed the later checkpoint.
    public var signers: [NoteVerifierKey] = []
    /// The checkpoint; of a consistency proof the later one.
    public var checkpoint: Checkpoint?
    /// Of a consistency proof.
    public var oldCheckpoint: Checkpoint?
    /// Of an inclusion proof: where the event is, and what it says.
    public var position: Position?
    public var event: CanonicalEvent?

    /// Proofs that one file may hold.
    public static let maximumProofs = 100_000

    // MARK: Checking

    /// Checks every proof of a file: one or more proofs one behind the other, or a single checkpoint.
    ///
    /// - Parameter keys: whom to trust. A rotation of one of them that the same file proves or merely holds passes the
    ///   trust on, because the old key has signed it.
    /// - Returns: a verdict for each, in the order of the file; a file that is none of them is one that is wrong.
    public static func check(_ bytes: [UInt8], trusting keys: [NoteVerifierKey]) -> [ProofCheck] {
        let files = Files(bytes)
        let trusted = following(files, keys)
        return files.all.map { check($0, trusted) }
    }

    /// The keys that the trusted ones have handed over to, by rotation events in any of the files.
    ///
    /// - Parameter files: the contents of files that are checked together.
    public static func trustedKeys(_ keys: [NoteVerifierKey], following files: [[UInt8]]) -> [NoteVerifierKey] {
        files.reduce(keys) { following(Files($1), $0) }
    }

    private static func following(_ files: Files, _ keys: [NoteVerifierKey]) -> [NoteVerifierKey] {
        var trusted = keys
        var rotations = files.all.compactMap { $0.rotation }
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for (old, new) in rotations where trusted.contains(old) && !trusted.contains(new) {
                trusted.append(new)
                isGrowing = true
            }
            rotations.removeAll { trusted.contains($0.new) }
        }
        return trusted
    }

    private static func check(_ file: File, _ keys: [NoteVerifierKey]) -> ProofCheck {
        switch file {
        case .inclusion(let proof):
            var check = ProofCheck(kind: .inclusion, verdict: .wrong)
            check.checkpoint = proof.checkpoint.checkpoint
            check.position = proof.position
            check.judge([proof.checkpoint], keys) { check in
                try proof.verifyInclusion()
                check.event = try proof.event()
            }
            return check
        case .consistency(let proof):
            var check = ProofCheck(kind: .consistency, verdict: .wrong)
            check.checkpoint = proof.new.checkpoint
            check.oldCheckpoint = proof.old.checkpoint
            check.judge([proof.old, proof.new], keys) { _ in try proof.verifyConsistency() }
            return check
        case .checkpoint(let signed):
            var check = ProofCheck(kind: .checkpoint, verdict: .wrong)
            check.checkpoint = signed.checkpoint
            check.judge([signed], keys) { _ in }
            return check
        case .broken(let kind, let problem):
            return ProofCheck(kind: kind, verdict: .wrong, problem: problem)
        }
    }

    /// The mathematics first; then who signed, of every checkpoint.
    private mutating func judge(
        _ checkpoints: [SignedCheckpoint], _ keys: [NoteVerifierKey], _ prove: (inout ProofCheck) throws -> Void
    ) {
        do {
            try prove(&self)
            for signed in checkpoints { signers = try signed.verify(with: keys) }
            verdict = .verified
        } catch let error as EventLogError {
            signers = []
            problem = error
            verdict = error.code == .unknownSigner ? .signerUnknown : .wrong
        } catch {
            problem = EventLogError.proof("\(error)")
        }
    }
}

extension TreeProofFile {
    /// The event that the entry is the encoding of. Call it when `verifyInclusion` has returned.
    ///
    /// - Throws: `EventLogError` with `malformedProof`, or `otherLog` where it belongs to another ledger than the
    ///   checkpoint says.
    public func event() throws -> CanonicalEvent? {
        guard let entry else { return nil }
        let event = try CanonicalEvent(entry)
        let own = LedgerOrigin(ledger: event.ledger).text
        let origin = checkpoint.checkpoint.origin
        if origin.utf8.starts(with: LedgerOrigin.prefix.utf8), !origin.hasSameBytes(as: own),
            !origin.utf8.starts(with: (own + "/").utf8)
        {
            throw EventLogError(
                .otherLog, "The event is of the ledger \(event.ledger), and the checkpoint of \(origin); distrust both."
            )
        }
        return event
    }
}

extension ProofCheck {
    /// What a file may hold.
    fileprivate enum File {
        case inclusion(TreeProofFile)
        case consistency(ConsistencyProofFile)
        case checkpoint(SignedCheckpoint)
        case broken(Kind, EventLogError)

        init(_ kind: Kind, _ bytes: ArraySlice<UInt8>) {
            do {
                switch kind {
                case .inclusion: self = .inclusion(try TreeProofFile(bytes))
                case .consistency: self = .consistency(try ConsistencyProofFile(bytes))
                case .checkpoint: self = .checkpoint(try SignedCheckpoint(bytes))
                }
            } catch let error as EventLogError {
                self = .broken(kind, error)
            } catch {
                self = .broken(kind, .proof("\(error)"))
            }
        }

        /// Of a proof of a rotation whose two signatures hold.
        var rotation: (old: NoteVerifierKey, new: NoteVerifierKey)? {
            guard case .inclusion(let proof) = self, let event = try? proof.event(), event.payloadForm == .plain,
                event.type == LedgerEvent.Name.signingKeyRotated,
                case .signingKeyRotated(let rotation)? = try? LedgerEvent.decode(event.recorded(at: proof.position))
            else { return nil }
            return try? rotation.verified()
        }
    }

    /// The proofs of a file, taken apart where a line is a proof's first.
    fileprivate struct Files {
        var all: [File] = []

        init(_ bytes: [UInt8]) {
            let headers: [(kind: Kind, line: [UInt8])] = [
                (.inclusion, Array(TreeProofFile.header.utf8)), (.consistency, Array(ConsistencyProofFile.header.utf8)),
            ]
            var starts: [(kind: Kind, index: Int)] = []
            var index = 0
            while index < bytes.count {
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                if let header = headers.first(where: { $0.line[...] == bytes[index..<end] }) {
                    starts.append((header.kind, index))
                }
                index = end + 1
            }
            guard starts.count <= ProofCheck.maximumProofs else {
                let problem = EventLogError.limit(
                    "ProofCheck.maximumProofs", allowed: ProofCheck.maximumProofs, found: starts.count,
                    what: "The number of proofs in the file")
                all = [.broken(.inclusion, problem)]
                return
            }
            let first = starts.first?.index ?? bytes.count
            if first > 0 || starts.isEmpty { all.append(File(.checkpoint, bytes[..<first])) }
            for (number, start) in starts.enumerated() {
                let end = number + 1 < starts.count ? starts[number + 1].index : bytes.count
                all.append(File(start.kind, bytes[start.index..<end]))
            }
        }
    }
}

extension CanonicalEvent {
    /// The event as the log has it. Its payload is what the encoding has: see `payloadForm`.
    public func recorded(at position: Position) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: stream, version: version, type: type,
            schemaVersion: Int(clamping: schemaVersion), id: id, recordedAt: recordedAt, occurredAt: occurredAt,
            attribution: attribution, payload: payload)
    }
}
