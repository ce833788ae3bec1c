import ArgumentParser
import EventLog
import LedgerCapabilities
import SQLiteEventLog

/// Where the master key comes from.
struct MasterKeyOption: ParsableArguments {
    @Option(
        name: .customLong("master-key-file"),
        help: ArgumentHelp(
            "The ledger's master key, in base64 or hexadecimal. (default: MEMLEDGER_MASTER_KEY_FILE)",
            discussion: "Only if namespaces are protected. MEMLEDGER_MASTER_KEY may hold the key itself.",
            valueName: "file"), completion: .file())
    var file: String?

    /// The files that are named, whether there is a key in them or not.
    var files: [String] {
        [file, System.environment("MEMLEDGER_MASTER_KEY_FILE")].compactMap { $0.map(System.expandingHome) }
    }

    /// Nil where there is none.
    func key() throws -> MasterKey? {
        if let path = files.first {
            return try MasterKey(file: path, checkingWaiting: Interruption.check)
        }
        return try System.environment("MEMLEDGER_MASTER_KEY").map {
            try MasterKey(text: $0, source: "MEMLEDGER_MASTER_KEY")
        }
    }

    /// How a ledger's file is opened with the key, which is not read before it is needed.
    func file(_ access: LedgerFileOptions.Access) -> LedgerFileOptions {
        var options = LedgerFileOptions(access: access)
        for path in files { options.protectedFiles.add(masterKey: path) }
        options.masterKeySource = { [self] in try key() }
        return options
    }
}
