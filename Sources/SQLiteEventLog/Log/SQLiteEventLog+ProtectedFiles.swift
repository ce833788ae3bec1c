package import LedgerCapabilities

extension SQLiteEventLog {
    /// What this log must never write over.
    package var protectedFiles: ProtectedFiles {
        var files = file.options.protectedFiles
        if !file.isInMemory { files.add(ledger: path) }
        return files
    }
}
