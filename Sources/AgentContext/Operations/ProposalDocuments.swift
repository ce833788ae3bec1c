import EventLog
public import LedgerOperations
public import MemoryLedger

/// A proposal as a document.
public struct ProposalDocument: Sendable, DescribedResult {
    public var proposal: Proposal
    /// What would differ: `MemoryDifference` of memories, `SubjectDifference` of blocks and passages.
    public var differences: [any SubjectChange]
    /// What has changed since it was made, if it is open.
    public var conflicts: [ProposalConflict]

    init(_ proposal: Proposal, _ request: OperationRequest, looksForConflicts: Bool = true) async throws {
        let context = AgentContext(request)
        self.proposal = proposal
        differences = try await context.differences(of: proposal)
        conflicts = looksForConflicts ? try await context.conflicts(of: proposal) : []
    }

    package static let members: [DocumentMember] =
        Proposal.members + [.init("differences", .objects), .init("conflicts", .objects)]

    /// `{"proposal", "namespace", "status" (open, accepted or rejected), "version", "description", "base", "proposer",
    /// "user", "session", "created_at", "ruled_by", "ruled_at", "reason", "reads": [{"kind" (memory, block or passage),
    /// "id", "version"}], "changes": [{"operation", "arguments", "subjects"}], "differences", "conflicts": [{"kind",
    /// "id", "expected", "found", "changed_by", "changed_at", "position"}]}`: differences of memories are as those of
    /// two moments, others `{"stream", "before", "after"}`.
    public func document() -> JSONValue {
        var object = proposal.json
        object.append("differences", .array(differences.map(\.json)))
        object.append("conflicts", .array(conflicts.map { .object($0.json) }))
        return .object(object)
    }
}

extension Proposal {
    fileprivate static let members: [DocumentMember] = [
        .init("proposal", .string), .init("namespace", .string), .init("status", .string), .init("version", .integer),
        .init("description", .string), .init("base", .integer), .init("created_at", .integer),
        .init("reads", .objects), .init("changes", .objects),
    ]

    var json: JSONObject {
        var object = listed.head
        object.append("reads", .array(draft.reads.map { .object($0.json) }))
        object.append(
            "changes",
            .array(
                draft.changes.map { change in
                    [
                        "operation": .string(change.operation), "arguments": .object(change.arguments),
                        "subjects": .array(change.appends.map { .object($0.subject.json) }),
                    ]
                }))
        return object
    }

    private var listed: ListedProposal {
        ListedProposal(
            namespace: namespace, name: name, status: status, version: version, description: draft.description,
            base: draft.base, user: draft.user, session: draft.session, proposer: proposer, createdAt: createdAt,
            position: position, ruling: ruling, reads: draft.reads.count, changes: draft.changes.count)
    }
}

extension ListedProposal {
    /// What a proposal's documents have alike.
    fileprivate var head: JSONObject {
        [
            "proposal": .string(name), "namespace": .string(namespace), "status": .string(status.rawValue),
            "version": JSONValue(version), "description": .string(description), "base": JSONValue(base),
            "proposer": proposer.map { .string($0) } ?? .null, "user": user.map { .string($0) } ?? .null,
            "session": session.map { .string($0) } ?? .null, "created_at": JSONValue(milliseconds: createdAt),
            "ruled_by": ruling?.by.map { .string($0) } ?? .null, "ruled_at": JSONValue(milliseconds: ruling?.at),
            "reason": ruling?.reason.map { .string($0) } ?? .null,
        ]
    }

    var json: JSONObject {
        var object = head
        object.append("read_count", JSONValue(reads))
        object.append("change_count", JSONValue(changes))
        return object
    }
}

extension ProposalPage: ListedEntries {
    public static var name: String { "proposals" }
    public var json: [JSONValue] { proposals.map { .object($0.json) } }
    public var nextJSON: JSONValue { next.map { JSONValue($0) } ?? .null }
}

extension ProposalDemand: NamedEntry {
    public static var listName: String { "demands" }

    /// `{"actor", "demanded_by", "since"}`.
    public var entryJSON: JSONValue {
        [
            "actor": .string(actor), "demanded_by": by.map { .string($0) } ?? .null,
            "since": JSONValue(milliseconds: since),
        ]
    }
}
