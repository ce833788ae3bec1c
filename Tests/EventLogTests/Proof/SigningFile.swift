import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

/// A ledger of one test with a signing key beside it.
struct SigningFile {
    let file: LogFile
    let keyFile: SigningKeyFile

    init() throws {
        file = try LogFile()
        keyFile = .beside(file.path)
    }

    func open(_ options: LedgerFileOptions = .test()) throws -> SQLiteEventLog { try file.open(options) }

    /// Makes the ledger with so many events, and its key.
    func make(events: Int) async throws -> NoteVerifierKey {
        let log = try open()
        let key = try log.makeSigningKey(in: keyFile)
        try await grow(log, by: events)
        await log.close()
        return key
    }

    func grow(_ log: SQLiteEventLog, by count: Int) async throws {
        guard count > 0 else { return }
        _ = try await log.append(to: "s", file.events(count))
    }

    /// Copies the closed ledger's file.
    func copyLedger(to name: String) throws -> String {
        let copy = file.folder.path(name)
        try FileManager.default.copyItem(atPath: file.path, toPath: copy)
        return copy
    }

    /// Puts a copy back in the closed ledger's place.
    func bringBack(_ copy: String) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        try FileManager.default.copyItem(atPath: copy, toPath: file.path)
    }

    static func mode(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_mode & 0o777) : -1
    }

    /// The tree over the log's events, made again from what reads answer.
    static func tree(_ log: SQLiteEventLog) async throws -> ReferenceTree {
        let ledger = try log.ledgerID
        var leaves: [MerkleHash] = []
        for try await event in log.events() { leaves.append(CanonicalEvent(event, in: ledger).leafHash) }
        return ReferenceTree(leaves)
    }
}
