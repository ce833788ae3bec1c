package import EventLog
import LedgerCapabilities
import LedgerStorage

/// The events of the log's own streams. The log folds them itself; what they change elsewhere, `MemoryProjector`
/// builds.
package struct LogModule: OversightModule {
    package typealias Event = LogEvent

    package let name = "log"

    package let events: [EventDefinition] = [
        EventDefinition(LedgerEvent.Name.signingKeyRotated, undoing: .withoutEffect, importing: .leftOut),
        EventDefinition(LedgerEvent.Name.epochStarted, undoing: .withoutEffect, importing: .leftOut),
        EventDefinition(
            LedgerPolicyChange.eventType, undoing: .never("`policy` sets it otherwise"), importing: .leftOut),
        EventDefinition(LedgerEvent.Name.subjectsProtected, undoing: .withoutEffect, importing: .decided),
        EventDefinition(LedgerEvent.Name.subjectErased, undoing: .withoutEffect, importing: .decided),
    ]

    package init() {}

    // MARK: Import

    package func decideImport(
        _ event: LogEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision {
        switch event {
        case .ledger(.subjectsProtected(let namespace)) where stream == LedgerEvent.Stream.protection:
            // What was encrypted where it comes from must not be written in plain here by mistake.
            if try ledger.encryption?.protectedCategories()[ByteText(MemoryStream.category(namespace))] != nil {
                return .duplicate
            }
            throw ImportRefusal(
                "namespace \(namespace) is protected where the lines come from; protect it here first, or what follows "
                    + "would be written unencrypted.")
        case .ledger(.subjectErased(let erased)) where stream == LedgerEvent.Stream.erasures:
            // An erasure that erases nothing here but what came erased is taken: without it, what it took away would be
            // shown as a memory that says that it was erased.
            for subject in erased.subjects where try await !isErased(subject, ledger) { return .leftOut }
            return .takenAnywhere
        case .ledger, .policySet: return .leftOut
        }
    }

    private func isErased(_ subject: ErasedSubject, _ ledger: MemoryLedger) async throws -> Bool {
        guard let module = ledger.events.module(of: subject.stream),
            try await hasErasedEvents(subject.stream, ledger)
        else { return false }
        guard subject.isCurrent, subject.user == nil else { return true }
        let now = ledger.options.clock.now()
        return try ledger.tables.read { try module.standing(of: subject.stream, at: now, in: $0) } != .readable
    }

    private func hasErasedEvents(_ stream: StreamName, _ ledger: MemoryLedger) async throws -> Bool {
        var next: StreamVersion?
        repeat {
            try Task.checkCancellation()
            let page = try await ledger.log.readStream(stream, from: next, direction: .forwards, limit: 256)
            if page.events.contains(where: \.protection.isErased) { return true }
            next = page.next
        } while next != nil
        return false
    }
}
