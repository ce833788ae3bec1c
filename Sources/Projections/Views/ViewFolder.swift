import EventLog
import Foundation
import LedgerStorage
import Synchronization

/// Where the files of one ledger's views are: beside the ledger as `<ledger>-views`, or in the temporary folder where
/// that cannot be written or the ledger is no file.
///
/// Each has an owner, a name drawn at random, whose lock file is locked as long as the process lives:
/// `view-<owner>.lock` and `view-<owner>-<number>.sqlite`. Files whose owner no process has locked are cleared away by
/// the process that opens the next view; those of living ones stay.
package final class ViewFolder: Sendable {
    private struct State {
        var folder: String?
        var lock: FileLock?
        var files = 0
        var isClosed = false
    }

    let ledgerPath: String
    private let owner: String
    private let state = Mutex(State())

    private static let prefix = "view-"
    private static let ownerCharacters = 32
    /// Another process that closes may remove the folder just when this one wants to use it.
    private static let attempts = 8

    init(ledgerPath: String) {
        self.ledgerPath = ledgerPath
        owner = Self.newOwner()
    }

    private static func newOwner() -> String {
        UUID().uuidString.lowercased().filter { $0 != "-" }
    }

    /// A path for a view's file, at which there is none.
    func newFile() throws -> String {
        try state.withLock { state in
            if state.isClosed { throw EventLogError.closed }
            state.files += 1
            let folder = try state.folder ?? claim(&state)
            return "\(folder)/\(Self.prefix)\(owner)-\(state.files).sqlite"
        }
    }

    private func claim(_ state: inout State) throws -> String {
        do {
            var isFile = stat()
            if stat(ledgerPath, &isFile) == 0 { return try claim(ledgerPath + "-views", &state) }
        } catch is FileProblem {
            // A folder that cannot be written, a full disk: there may be room elsewhere.
        }
        do { return try claim(Self.temporaryFolder, &state) } catch let problem as FileProblem { throw problem.error }
    }

    private func claim(_ folder: String, _ state: inout State) throws -> String {
        var problem = FileProblem(folder, ENOENT)
        for _ in 0..<Self.attempts {
            do {
                try Self.make(folder)
                Self.clearDead(in: folder)
                state.lock = try FileLock.take("\(folder)/\(Self.prefix)\(owner).lock")
                state.folder = folder
                return folder
            } catch let found as FileProblem where found.code == ENOENT {
                problem = found
            }
        }
        throw problem
    }

    /// One for all ledgers of this user, because views of a ledger that cannot be written to have no better place.
    private static var temporaryFolder: String {
        FileManager.default.temporaryDirectory.appendingPathComponent("memledger-views-\(getuid())").path
    }

    /// Only its owner can look in: views hold memories.
    private static func make(_ folder: String) throws {
        guard mkdir(folder, 0o700) != 0 else { return }
        guard errno == EEXIST else { throw FileProblem(folder, errno) }
        var status = stat()
        guard lstat(folder, &status) == 0 else { throw FileProblem(folder, errno) }
        // Somebody else's folder, or a link to one, is not to be trusted with memories.
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), access(folder, W_OK) == 0 else {
            throw FileProblem(folder, EACCES)
        }
    }

    /// Removes the files of processes that are gone.
    private static func clearDead(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let owned = names.filter { $0.hasPrefix(prefix) }
        for (owner, files) in Dictionary(grouping: owned, by: { $0.dropFirst(prefix.count).prefix(ownerCharacters) }) {
            guard owner.utf8.count == ownerCharacters,
                let lock = try? FileLock.take("\(folder)/\(prefix)\(owner).lock")
            else { continue }
            for file in files { unlink("\(folder)/\(file)") }
            lock.removeFile()
        }
    }

    /// Clears away what processes that are gone have left beside the ledger.
    package static func clearDead(besideLedger path: String) {
        let folder = path + "-views"
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
        clearDead(in: folder)
        rmdir(folder)
    }

    /// Gives the place up: no view is open any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.lock?.removeFile()
            state.lock = nil
            // Where others have views in it, it stays.
            if let folder = state.folder { rmdir(folder) }
            state.folder = nil
        }
    }

    deinit { close() }
}
