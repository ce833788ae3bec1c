import EventLog
import LedgerCapabilities
import LedgerStorage
import MemoryLedger
import SQLiteEventLog

/// A file that a command is told to make: whole or not there, and never in the place of what would be lost.
struct OutputPath {
    let path: String
    let isReplacing: Bool
    private let protected: ProtectedFiles
    /// Whose contents the file holds.
    private let ledger: String?
    private let standardOutput: String

    /// - Parameters:
    ///   - isPublic: It holds nothing of what is in the ledger's memories, so anybody may read it.
    ///   - standardOutput: How the command is told to print instead.
    ///   - signing: where the command takes one, the key that is named.
    ///   - sources: databases that the command reads.
    /// - Throws: where the file must not be written.
    init(
        _ path: String, replacing: Bool = false, _ global: GlobalOptions, _ signing: SigningKeyOption? = nil,
        sources: [String] = [], isPublic: Bool = false, standardOutput: String = "leave the option out to print it"
    ) throws {
        (self.path, isReplacing, self.standardOutput) = (path, replacing, standardOutput)
        ledger = isPublic ? nil : global.path
        protected = global.protectedFiles(signing, sources: sources)
        try check()
    }

    private init(_ other: OutputPath, replacing: Bool) {
        (path, isReplacing, protected) = (other.path, replacing, other.protected)
        (ledger, standardOutput) = (other.ledger, other.standardOutput)
    }

    /// The same, if what is there was looked at in between.
    func replacing(_ isReplacing: Bool) -> OutputPath { OutputPath(self, replacing: isReplacing) }

    private func check() throws {
        try protected.check(path)
        guard OutputFile.canBeMade(at: path) else {
            throw CommandError("\(path) is no regular file; name a file, or \(standardOutput).")
        }
        guard !System.isDatabase(path) else {
            throw CommandError("\(path) is a database, which this would destroy; name another file.")
        }
    }

    /// Begins the file. It may be another one by now than when its path was looked at.
    func open() throws -> OutputFile {
        try check()
        return try OutputFile(path, replacing: isReplacing, besides: protected, readableLike: ledger)
    }

    func write(_ bytes: [UInt8]) throws {
        let file = try open()
        try file.write(bytes)
        try file.finish()
    }
}

extension GlobalOptions {
    /// What no command writes over.
    func protectedFiles(_ signing: SigningKeyOption? = nil, sources: [String] = []) -> ProtectedFiles {
        var files = masterKey.file(.readOnly).protectedFiles
        files.add(ledger: path)
        for key in [signing?.given, SigningKeyOption.ofEnvironment] {
            if let key { files.add(signingKey: key) }
        }
        for source in sources { files.add(source: source) }
        return files
    }
}
