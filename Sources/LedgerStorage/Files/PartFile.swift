import CLedgerShims
import EventLog
import Foundation

/// A file that is being written, beside the name that it will have: `<path>.part-<16 random digits>`.
///
/// It is locked meanwhile, by a lock that the kernel drops when the process dies. So one without a lock was left
/// by a process that was killed, and is removed by the next one that makes a file of that name: a process's number
/// would not tell, because two containers have the same ones. One that did not get its name is removed with the last
/// reference to it.
package final class PartFile {
    package let path: String
    package let file: FileDescriptor
    private var isPlaced = false

    private static let mark = ".part-"
    private static let randomBytes = 8
    /// How often another process may take the file for one that is left, between its making and its locking.
    private static let attempts = 16
    /// The one place where the names' randomness comes from.
    private static let randomness: any RandomSource = SystemRandomSource()

    /// Begins an empty file that the process can read and write.
    ///
    /// - Throws: `EventLogError.storage`.
    package init(of target: String, rights: FileRights) throws {
        Self.removeLeftBehind(of: target)
        do {
            for _ in 0..<Self.attempts {
                let path = target + Self.mark + Self.randomness.bytes(Self.randomBytes).hexadecimal
                let file = try FileDescriptor(making: path, rights)
                guard file.tryLock() != .taken, SideFile.isAtItsPath(file.descriptor, path) else { continue }
                (self.path, self.file) = (path, file)
                return
            }
            throw FileProblem(target, EBUSY)
        } catch let problem as FileProblem {
            throw problem.error
        }
    }

    deinit { if !isPlaced { unlink(path) } }

    /// Gives it other rights than those that it was begun with.
    package func give(_ rights: FileRights) { rights.give(to: file.descriptor) }

    /// - Throws: `EventLogError.storage`.
    package func sync() throws {
        do { try file.sync() } catch let problem as FileProblem { throw problem.error }
    }

    /// Gives it its name, when it is whole and synced, and makes that durable: `AtomicFile.place`.
    ///
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package func place(at target: String, replacing: Bool) throws {
        try AtomicFile.place(path, at: target, replacing: replacing)
        isPlaced = true
    }

    /// Removes what processes that were killed have left of parts of the same name.
    ///
    /// - Returns: how many are gone.
    @discardableResult
    static func removeLeftBehind(of target: String) -> Int {
        let (folder, name) = (LedgerPlaces.folder(of: target), URL(fileURLWithPath: target).lastPathComponent)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.count { other in
            let path = folder + "/" + other
            guard isPart(other, of: name), let descriptor = try? SideFile.open(path, O_RDWR) else { return false }
            defer { close(descriptor) }
            return memledger_try_lock(descriptor, 0) == 0 && SideFile.isAtItsPath(descriptor, path) && unlink(path) == 0
        }
    }

    private static func isPart(_ other: String, of name: String) -> Bool {
        guard other.utf8.starts(with: (name + mark).utf8) else { return false }
        let digits = other.utf8.dropFirst((name + mark).utf8.count)
        return digits.count == 2 * randomBytes
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
