import Foundation

/// Who may do what with a file that is made beside another or of its contents: no more than with the other.
///
/// A new file belongs to the group of its process or of its folder, and that need not be the other's group, so that the
/// other's mode alone would open it to people who may not read the other. `give` looks at both.
package struct FileRights: Sendable {
    private let mode: UInt32
    /// Nil: what the file has.
    private let owner: UInt32?
    private let group: UInt32?

    /// Only its owner's.
    package static let ofOwner = FileRights(mode: 0o600)
    /// For others to read, like a checkpoint or a proof, as far as the process's mask permits.
    package static let ofAnyReader = FileRights(mode: 0o644)

    private init(mode: UInt32, owner: UInt32? = nil, group: UInt32? = nil) {
        (self.mode, self.owner, self.group) = (mode, owner, group)
    }

    /// Those of a ledger; its owner can always write.
    ///
    /// - Parameters:
    ///   - isInItsPlace: The new file is used with the ledger or instead of it, so that its owner must be able to use
    ///     it, too, where root makes it. SQLite does the same with what it keeps beside a database.
    ///   - missing: Where there is no ledger yet.
    package init(likeLedger path: String, isInItsPlace: Bool = false, missing: FileRights = .ofOwner) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = missing
            return
        }
        self.init(
            mode: 0o600 | UInt32(status.st_mode) & 0o666, owner: isInItsPlace ? UInt32(status.st_uid) : nil,
            group: UInt32(status.st_gid))
    }

    /// Those of a file that is copied; only the owner's where there is none.
    package init(ofCopied path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = .ofOwner
            return
        }
        self.init(mode: UInt32(status.st_mode) & 0o777, group: UInt32(status.st_gid))
    }

    /// The same for a folder: those who may read a file may enter it.
    package var ofFolder: FileRights {
        FileRights(mode: mode | 0o100 | (mode & 0o044) >> 2, owner: owner, group: group)
    }

    /// What a file is made with, before it gets the rest.
    package var initialMode: UInt32 { group == nil ? mode : mode & 0o700 }

    /// Makes an empty file that has them.
    ///
    /// - Throws: `EventLogError.storage`.
    package func makeFile(_ path: String) throws {
        do { _ = try FileDescriptor(making: path, self) } catch let problem as FileProblem { throw problem.error }
    }

    /// Gives them to a file that is open and belongs to this process's user, whatever the process's mask says. Others'
    /// files stay as they are.
    ///
    /// If the file cannot be given to the group, its own group gets no more than all have. If the file system has no
    /// such rights, there are none to give: it decides.
    package func give(to descriptor: Int32) {
        give(
            status: { fstat(descriptor, &$0) }, own: { fchown(descriptor, $0, $1) }, permit: { fchmod(descriptor, $0) })
    }

    /// The same without opening the file, which would drop the locks that SQLite has on it. No link is followed.
    package func give(toFileAt path: String) {
        give(
            status: { lstat(path, &$0) }, own: { lchown(path, $0, $1) },
            permit: { fchmodat(AT_FDCWD, path, $0, AT_SYMLINK_NOFOLLOW) })
    }

    private func give(
        status look: (inout stat) -> Int32, own: (uid_t, gid_t) -> Int32, permit: (mode_t) -> Int32
    ) {
        let user = geteuid()
        var status = stat()
        guard let group = group.map({ gid_t($0) }), look(&status) == 0, user == 0 || status.st_uid == user else {
            return
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG && status.st_nlink == 1 || kind == S_IFDIR else { return }
        let owner = user == 0 ? owner.map { uid_t($0) } ?? status.st_uid : status.st_uid
        if status.st_gid != group || status.st_uid != owner {
            _ = own(owner, group)
            guard look(&status) == 0 else { return }
        }
        let given = mode_t(truncatingIfNeeded: status.st_gid == group ? mode : narrowed)
        // A folder that gives its group on goes on doing so.
        if status.st_mode & 0o777 != given { _ = permit(status.st_mode & 0o7000 | given) }
    }

    /// With another group, whose members may be in the right one or not, as those may who are in neither.
    private var narrowed: UInt32 {
        let everybodys = mode & mode >> 3 & 0o7
        return mode & 0o700 | everybodys << 3 | everybodys
    }
}
