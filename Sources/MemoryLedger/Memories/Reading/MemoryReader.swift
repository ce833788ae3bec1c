public import EventLog

/// What a ledger or a view answers to somebody: the same queries, with who asks, and with or without what is
/// quarantined.
///
///     let reader = ledger.reading(by: Attribution(actor: "assistant", correlationID: request))
///     let memory = try await reader.get(key)
///
/// Where reads are events (`MemoryLedgerOptions.auditReads`), they say so.
public struct MemoryReader: MemoryReading {
    public let source: MemorySource

    init(_ source: MemorySource) { self.source = source }
}

extension MemoryReading {
    /// The same, read by somebody.
    public func reading(by attribution: Attribution) -> MemoryReader {
        var source = source
        source.attribution = attribution
        return MemoryReader(source)
    }

    /// The same with the memories that are quarantined: to look into why.
    public var includingQuarantined: MemoryReader {
        var source = source
        source.showsQuarantined = true
        return MemoryReader(source)
    }
}
