public import EventLog

extension MemoryLedger {
    /// How memories differ between two moments: added, changed, renamed, deleted, links gained and lost.
    ///
    /// A memory is followed across renames. That one has expired is no event: it shows where something else happened to
    /// it, or where the moments are so far apart that the whole store is compared.
    ///
    ///     let page = try await ledger.diff(DiffQuery(from: .time(yesterday)))
    ///     for difference in page.differences { print(difference.kind, difference.memory, difference.delta.fields) }
    ///
    /// - Throws: `EventLogError.unknownMoment`; `MemoryLedgerError.invalidArgument` for a limit out of bounds, a cursor
    ///   that is none, or a key in another namespace than the one asked for; `notFound` for a key that held no memory
    ///   at either moment.
    public func diff(_ query: DiffQuery, by attribution: Attribution = Attribution()) async throws -> DiffPage {
        let namespace = query.memory?.namespace ?? query.namespace
        return try await reading(by: attribution).audited(.diff, namespace) {
            try await MomentDiff(parts).page(query)
        } describe: { page in
            var asked: JSONObject = ["from": JSONValue(page.from.position), "to": JSONValue(page.to.position)]
            if let memory = query.memory { asked.append("key", .string(memory.key)) }
            let keys = page.differences.map { namespace == nil ? $0.memory.description : $0.memory.key }
            return (asked, keys)
        }
    }
}
