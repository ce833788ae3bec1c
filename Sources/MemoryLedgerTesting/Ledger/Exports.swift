// A test of memories needs the fixed clock, the fixed ids, the seeded randomness and the failures, too. Exported,
// because their members must be seen by a file that imports `MemoryLedgerTesting` only; type aliases would not do that.
@_exported public import EventLogTesting
