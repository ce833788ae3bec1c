import CLedgerShims
import Foundation
import GRDBSQLite

/// A regular file that is read by its name, although it may be a database that this process has open.
///
/// POSIX locks belong to a process: closing any descriptor of a file drops all of them, SQLite's too, and then another
/// process writes into the middle of a transaction, or takes a ledger that is open for unused. SQLite alone knows what
/// its connections have locked, and keeps what it has opened itself until they have let go. So every file is read
/// through its file layer, what is expected to be no database as well: a path may lead anywhere.
///
/// What is written is new, and no database that anything has open; pipes are no databases. Those need no more than a
/// descriptor.
package final class RegularFile {
    package let path: String
    private let file: UnsafeMutablePointer<sqlite3_file>
    private let name: sqlite3_filename
    private var offset: sqlite3_int64 = 0

    /// Read at a time by `forEachPiece`.
    package static let pieceBytes = 1 << 20

    /// - Throws: `FileProblem`, also if there is a link that is not to be followed, or no regular file: a pipe or a
    ///   device would keep the program waiting.
    package init(reading path: String, followingLinks: Bool = true) throws {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { throw FileProblem(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileProblem.irregular(path) }
        self.path = path
        SQLiteLibrary.prepare()
        // SQLite follows no links here.
        guard let vfs = sqlite3_vfs_find(nil),
            let name = sqlite3_create_filename(RealFile.place(path), "", "", 0, nil)
        else { throw FileProblem(path, ENOMEM) }
        self.name = name
        let room = UnsafeMutableRawPointer.allocate(byteCount: Int(vfs.pointee.szOsFile), alignment: 16)
        memset(room, 0, Int(vfs.pointee.szOsFile))
        file = room.assumingMemoryBound(to: sqlite3_file.self)
        // As the main file of a database: what is opened as anything else is closed without looking at locks.
        let code = vfs.pointee.xOpen(vfs, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, nil)
        guard code == SQLITE_OK, file.pointee.pMethods != nil else { throw Self.problem(path, code) }
    }

    deinit {
        _ = file.pointee.pMethods?.pointee.xClose(file)
        UnsafeMutableRawPointer(file).deallocate()
        sqlite3_free_filename(name)
    }

    private static func problem(_ path: String, _ code: Int32) -> FileProblem {
        let found = code == SQLITE_NOMEM ? ENOMEM : errno
        return FileProblem(path, found == 0 ? EIO : found)
    }

    /// SQLITE_IOERR_SHORT_READ, which Swift does not see.
    private static let shortRead = SQLITE_IOERR | 2 << 8

    /// Fills the buffer with what comes next, and answers how many bytes that are: fewer than fit only at the end, 0
    /// after it.
    ///
    /// - Throws: `FileProblem`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let methods = file.pointee.pMethods, let start = buffer.baseAddress else { return 0 }
        var (done, limit) = (0, Int64(Int32.max))
        while done < buffer.count {
            var size: sqlite3_int64 = 0
            let looked = methods.pointee.xFileSize(file, &size)
            guard looked == SQLITE_OK else { throw Self.problem(path, looked) }
            // SQLite says of a file of one byte that it has none, and the system of some of its own files, too.
            let count = max(1, min(limit, Int64(buffer.count - done), size - offset))
            let code = methods.pointee.xRead(file, start + done, Int32(clamping: count), offset)
            switch code {
            case SQLITE_OK:
                offset += count
                done += Int(count)
            case Self.shortRead where count == 1: return done
            // It was cut meanwhile, or has less than its size says, and SQLite does not tell how much.
            case Self.shortRead: limit = count / 2
            default: throw Self.problem(path, code)
            }
        }
        return done
    }

    private static let chunkBytes = 65_536

    /// The next bytes, fewer than that at the end only; empty where there are no more.
    ///
    /// - Throws: `FileProblem`.
    package func chunk() throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
            count = try read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    // MARK: Locks

    /// Takes SQLite's SHARED lock, until this object goes; false where others have the database locked.
    ///
    /// - Throws: `FileProblem`.
    package func tryShare() throws -> Bool {
        let code = file.pointee.pMethods?.pointee.xLock(file, SQLITE_LOCK_SHARED) ?? SQLITE_MISUSE
        if code == SQLITE_OK { return true }
        guard code & 0xff == SQLITE_BUSY else { throw Self.problem(path, code) }
        return false
    }

    /// A connection, of whichever process, is in a transaction that writes.
    ///
    /// - Throws: `FileProblem`.
    package var isReserved: Bool {
        get throws {
            var isReserved: Int32 = 0
            let code = file.pointee.pMethods?.pointee.xCheckReservedLock(file, &isReserved) ?? SQLITE_MISUSE
            guard code == SQLITE_OK else { throw Self.problem(path, code) }
            return isReserved != 0
        }
    }

    // MARK: All of it

    /// Hands over all of the rest, piece by piece, and looks before each whether the task is cancelled. Every loop over
    /// a file of any size is this one.
    ///
    /// - Throws: `FileProblem`, `CancellationError`, and what the body throws.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        while true {
            try Task.checkCancellation()
            let count = try read(into: piece)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
    }
}
