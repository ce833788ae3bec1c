import AgentContext
import LedgerCapabilities
import LedgerOperations
import MemoryLedger

extension MemoryLedgerOptions {
    /// How the command opens every ledger: with the modules that it has commands for.
    static func ofCommand(_ file: LedgerFileOptions) -> MemoryLedgerOptions {
        var options = MemoryLedgerOptions(file: file)
        options.modules = AgentContext.modules
        return options
    }
}

extension OperationCatalogue {
    /// All that a ledger that the command opens can be asked.
    static let ofCommand = OperationCatalogue(adding: AgentContext.modules)
}
