import EventLog
public import LedgerCapabilities
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// Makes a file of events with their proofs, for people who have neither the ledger nor this program.
///
///     let made = try await MakeEvidence(EvidenceSelection(memory: MemoryKey(key: "tea"))).run(in: request)
///     try Data(made.html).write(to: file)
public struct MakeEvidence: LedgerOperation, Hashable {
    public var selection: EvidenceSelection
    /// Nothing before this event, which is named by its position or its id; a time belongs to the selection.
    public var firstEvent: MomentReference?
    /// Nothing after this event.
    public var lastEvent: MomentReference?
    /// Nil: the newest of the ledger's own, which must cover all of them.
    public var checkpoint: SignedCheckpoint?
    /// The ledger's keys as far as the caller knows them, besides those that the log records.
    public var verifierKeys: [NoteVerifierKey]
    /// Whose public half says who signs, if it is there; nil: the file that the ledger remembers, or the one beside it.
    public var keyFile: SigningKeyFile?

    public init(
        _ selection: EvidenceSelection, in checkpoint: SignedCheckpoint? = nil, verifierKeys: [NoteVerifierKey] = [],
        keyFile: SigningKeyFile? = nil
    ) {
        self.selection = selection
        self.checkpoint = checkpoint
        self.verifierKeys = verifierKeys
        self.keyFile = keyFile
    }

    /// The file, and what it holds.
    public struct Result: Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("size_bytes", .integer), .init("events", .integer), .init("erased", .integer),
            .init("locked", .integer),
            .init("decrypted", .integer), .init("after_checkpoint", .integer), .init("first", .integer),
            .init("last", .integer), .init("completeness", .string), .init("origin", .string), .init("size", .integer),
            .init("root", .string), .init("signers", .objects), .init("verifier_keys", .strings),
        ]

        public var evidence: Evidence
        /// The file.
        public var html: [UInt8]

        /// `{"file", "size_bytes", "events", "erased", "locked", "decrypted", "after_checkpoint", "first", "last",
        /// "completeness", "ranges", "selection", "origin", "size", "root", "signers", "verifier_keys"}`; the file is
        /// null, for who writes it.
        public func document() -> JSONValue {
            let counts = evidence.counts
            return .object(
                JSONObject(
                    [
                        .init(name: "file", value: .null), .init(name: "size_bytes", value: JSONValue(html.count)),
                        .init(name: "events", value: JSONValue(counts.events)),
                        .init(name: "erased", value: JSONValue(counts.erased)),
                        .init(name: "locked", value: JSONValue(counts.locked)),
                        .init(name: "decrypted", value: JSONValue(counts.decrypted)),
                        .init(name: "after_checkpoint", value: JSONValue(evidence.eventsAfterCheckpoint)),
                        .init(name: "first", value: JSONValue(evidence.events.first?.position ?? 0)),
                        .init(name: "last", value: JSONValue(evidence.events.last?.position ?? 0)),
                        .init(name: "completeness", value: .string(evidence.completeness.rawValue)),
                        .init(name: "ranges", value: .array(evidence.ranges.map(\.json))),
                        .init(name: "selection", value: evidence.selection.json),
                    ] + evidence.checkpoint.checkpoint.members + [
                        .init(name: "signers", value: evidence.checkpoint.note.signersJSON),
                        .init(
                            name: "verifier_keys", value: .array(evidence.verifierKeys.map { .string($0.description) })),
                    ]))
        }
    }

    private static let key = Parameter("key", optional: .name, "What happened to the memory of this key.")
    private static let namespace = Parameter(
        "namespace", .string, default: MemoryKey.defaultNamespace, "The key's namespace.")
    private static let actor = Parameter("actor", optional: .string, "Only events of this actor.")
    private static let correlation = Parameter("correlation", optional: .string, "Only events of this request.")
    private static let since = Parameter(
        "since", optional: .moment, "Events from then on. " + MomentReference.wordsOfFirst)
    private static let until = Parameter(
        "until", optional: .moment, "Events up to then. " + MomentReference.wordsOfLast)
    private static let first = Parameter("first", optional: .version, "Every event from this position; with `last`.")
    private static let last = Parameter("last", optional: .version, "Every event to this position; with `first`.")

    public static let name = "evidence.make"
    public static let summary = "Make a file that proves to a stranger what happened."
    public static let parameters: [any OperationParameter] = [
        key, namespace, actor, correlation, since, until, first, last, ProofParameters.checkpoint,
        ProofParameters.keys,
    ]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors = OperationErrorCode.ofProofs + OperationErrorCode.ofKeys + [.memory(.notFound)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        let namespace = try arguments[Self.namespace]
        let (since, until) = (try arguments[Self.since], try arguments[Self.until])
        selection = EvidenceSelection(
            memory: try arguments[Self.key].map { MemoryKey(namespace: namespace, key: $0) },
            actor: try arguments[Self.actor], correlationID: try arguments[Self.correlation],
            since: since?.time?.first, until: until?.time?.last, positions: try Self.positions(arguments))
        firstEvent = since?.isTime == false ? since : nil
        lastEvent = until?.isTime == false ? until : nil
        checkpoint = try arguments[ProofParameters.checkpoint]
        verifierKeys = try arguments[ProofParameters.keys]
        keyFile = nil
    }

    private static func positions(_ arguments: OperationArguments) throws -> ClosedRange<Position>? {
        switch (try arguments[first], try arguments[last]) {
        case (nil, nil): return nil
        case (let from?, let to?):
            guard from >= 1, from <= to else {
                throw OperationArgumentError(first.name, after: " is 1 or more, and no more than `last`.")
            }
            return from...to
        case (_?, nil): throw OperationArgumentError(last.name, after: " is missing; `first` goes with it.")
        case (nil, _?): throw OperationArgumentError(first.name, after: " is missing; `last` goes with it.")
        }
    }

    /// The selection with the positions that it is narrowed to.
    private func narrowed(in request: OperationRequest) async throws -> EvidenceSelection {
        guard firstEvent != nil || lastEvent != nil else { return selection }
        var selection = selection
        let span = try await request.positions(from: firstEvent, through: lastEvent, nil)
        let head = try await (request.ledger.log as any EventLog).head()
        let first = max(span.lowerBound, selection.positions?.lowerBound ?? 1)
        let last = min(span.upperBound - 1, head, selection.positions?.upperBound ?? head)
        guard first <= last else {
            throw OperationArgumentError(Self.since.name, after: " and `until` leave no event of the log.")
        }
        selection.positions = first...last
        return selection
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let ledger = request.ledger
        let selection = try await narrowed(in: request)
        if selection.since != nil || selection.until != nil { try await request.noticeRecordedTimes() }
        let file = try keyFile ?? ledger.signingKeyFile()
        let own = file.exists ? [try file.read().verifierKey] : []
        let evidence = try await ledger.evidence(
            for: selection, in: checkpoint, verifierKeys: verifierKeys + own, maker: request.attribution.actor)
        return Result(evidence: evidence, html: try evidence.fileBytes())
    }
}
