import EmbeddedLedger
import EventLog
import LedgerCapabilities
import MerkleLog

/// An erasure: what it destroys, and the transaction that does. Removing what was made of the events comes after it.
struct Erasure {
    let parts: LedgerParts
    let selection: ErasureSelection
    let includesDerived: Bool
    /// What stands in the log unencrypted is left.
    let isPartial: Bool

    /// - Throws: `invalidArgument`.
    static func check(_ reason: String) throws {
        guard !reason.isEmpty, reason.utf8.count <= MemoryLedger.maximumReasonBytes else {
            throw MemoryLedgerError(
                .invalidArgument, "An erasure has a reason of 1 to \(MemoryLedger.maximumReasonBytes) bytes; give one.")
        }
    }

    /// What it would destroy. Nothing is written.
    func plan(in log: any EncryptingLog) async throws -> ErasurePlan {
        try await parts.flush()
        let selection = try await resolved()
        return try log.inErasureScope { try plan(selection, $0) }
    }

    /// Destroys it, and says so in the log.
    ///
    /// - Parameter proofs: the log's tree, if it has one, for the receipt.
    func carryOut(
        in log: any EncryptingLog, of file: EmbeddedLedger, reason: String, by attribution: Attribution,
        _ proofs: (any ProvableLog)?
    ) async throws -> ErasureReceipt {
        if let lock = try log.lockReason() { throw EventLogError.locked(lock, "What is to be erased is encrypted") }
        try await parts.flush()
        let selection = try await resolved()
        let (positions, plan) = try await log.erase { scope in
            try file.checkErasable(scope)
            let plan = try self.plan(selection, scope)
            return (try decision(plan, reason, attribution), plan)
        }
        var receipt = ErasureReceipt(
            selection: plan.description, reason: reason, erasedAt: parts.now, subjects: plan.subjects,
            events: plan.events, positions: positions, left: plan.left)
        receipt.tree = try proofs?.readTree { tree in
            guard let first = positions.first, let last = positions.last else { return nil }
            return ErasureReceipt.Tree(
                sizeBefore: first - 1, rootBefore: try tree.root(at: first - 1), sizeAfter: last,
                rootAfter: try tree.root(at: last))
        }
        return receipt
    }

    /// What was under the key itself is what is meant, also where it is gone by now.
    private func resolved() async throws -> ErasureSelection {
        guard case .memory(let memory) = selection else { return selection }
        return .memory(try await MemoryReader(MemorySource(parts)).resolveStream(memory))
    }

    private func plan(_ selection: ErasureSelection, _ scope: any ErasureScope) throws -> ErasurePlan {
        var planner = ErasurePlanner(scope, parts.events)
        return try planner.plan(selection, includingDerived: includesDerived, partially: isPartial)
    }

    private func decision(
        _ plan: ErasurePlan, _ reason: String, _ attribution: Attribution
    ) throws -> ErasureDecision {
        let size = ErasedSubjects.maximumSubjects
        let starts = Array(stride(from: 0, to: plan.subjects.count, by: size))
        let pieces = try starts.enumerated().map { index, start in
            let subjects = Array(plan.subjects[start..<min(start + size, plan.subjects.count)])
            let erased = ErasedSubjects(
                subjects: subjects, reason: reason, selection: plan.description, part: index + 1,
                parts: starts.count, events: plan.events)
            return ErasureDecision.Part(
                event: try LedgerEvent.subjectErased(erased).newEvent(parts.options, by: attribution),
                keys: subjects.flatMap(\.keys))
        }
        return ErasureDecision(stream: LedgerEvent.Stream.erasures, parts: pieces)
    }
}
