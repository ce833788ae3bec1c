import Crypto
import EventLog
import Foundation
import LedgerStorage

/// A legacy database as a file: what can be said before SQLite opens it.
///
/// The header's layout is section 1.3 of SQLite's "Database File Format".
struct LegacyFile {
    let path: String
    /// Without symbolic links: what SQLite keeps beside a database stands there.
    let realPath: String
    let pageBytes: Int
    /// Pages by the header; 0 where an old SQLite did not write it.
    let pageCount: Int
    /// Written in WAL mode at least once since it was last changed back.
    let usesWAL: Bool

    var walPath: String { realPath + "-wal" }
    var sharedMemoryPath: String { realPath + "-shm" }
    var journalPath: String { realPath + "-journal" }

    /// Reads and checks the header.
    init(path: String) throws(LegacySourceError) {
        self.path = path
        let size = try Self.size(ofDatabase: path)
        realPath = Self.withoutLinks(path)
        // SQLite would wait for them.
        for side in ["-wal", "-shm", "-journal"] {
            var status = stat()
            if stat(realPath + side, &status) == 0 { try Self.checkIsFile(status, realPath + side) }
        }
        let header = try Self.header(path)
        guard header.count == Self.headerBytes, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw LegacySourceError(
                .notADatabase, path: path,
                "This is not a SQLite database, or it is encrypted, or empty. Give the database itself, decrypted.")
        }
        try Self.refuseOurOwn(applicationID: header[68..<72].reduce(0) { $0 << 8 | Int64($1) }, path)
        let storedPageBytes = Int(header[16]) << 8 | Int(header[17])
        pageBytes = storedPageBytes == 1 ? 65_536 : storedPageBytes
        let changeCounter = header[24..<28]
        // The page count is valid only where the change counter equals the "version valid for" number.
        let isCountValid = changeCounter.elementsEqual(header[92..<96])
        pageCount = isCountValid ? header[28..<32].reduce(0) { $0 << 8 | Int($1) } : 0
        usesWAL = header[18] == 2 || header[19] == 2
        // With a WAL the newest pages may not have reached the file yet; then SQLite alone can tell.
        if size < pageBytes * max(pageCount, 1), Self.identity(walPath)?.size ?? 0 == 0 {
            throw LegacySourceError.truncated(path, "has \(size) bytes of \(pageBytes * pageCount)")
        }
    }

    private static let headerBytes = 100

    /// Of a ledger that is young the application id may stand in its write-ahead log only.
    static func refuseOurOwn(applicationID id: Int64, _ path: String) throws(LegacySourceError) {
        if id == ApplicationID.ledger {
            throw LegacySourceError(
                .isLedger, path: path,
                "This is a ledger, not a legacy database. Export it and import the export, or name the legacy database."
            )
        }
        if id == ApplicationID.checkout {
            throw LegacySourceError(
                .isCheckout, path: path,
                "This is a checkout of a ledger. Export that ledger and import the export, or name a legacy database.")
        }
    }

    private static func size(ofDatabase path: String) throws(LegacySourceError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR {
                throw LegacySourceError(.notFound, path: path, "There is no such file. Check the path.")
            }
            throw LegacySourceError.system(path, "looked at")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw LegacySourceError(.isDirectory, path: path, "This is a folder. Name the database file in it.")
        }
        try checkIsFile(status, path)
        return Int(status.st_size)
    }

    private static func checkIsFile(_ status: stat, _ path: String) throws(LegacySourceError) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LegacySourceError(
                .irregular, path: path,
                "This is no regular file, but a pipe, a socket, a device or a folder. Copy what it gives into a file.")
        }
    }

    /// Opens a regular file for reading, and waits for none that is another. The caller closes it.
    static func open(_ path: String) throws(LegacySourceError) -> Int32 {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw LegacySourceError.system(path, "opened") }
        var status = stat()
        do throws(LegacySourceError) {
            guard fstat(descriptor, &status) == 0 else { throw LegacySourceError.system(path, "looked at") }
            try checkIsFile(status, path)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func withoutLinks(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func header(_ path: String) throws(LegacySourceError) -> [UInt8] {
        try beginning(path, headerBytes)
    }

    /// The first bytes of a file, as many as there are.
    static func beginning(_ path: String, _ bytes: Int) throws(LegacySourceError) -> [UInt8] {
        var beginning = [UInt8](repeating: 0, count: bytes)
        do {
            let count = try beginning.withUnsafeMutableBytes { try RegularFile(reading: path).read(into: $0) }
            return Array(beginning.prefix(count))
        } catch {
            throw LegacySourceError.from(error, path: path)
        }
    }

    // MARK: Content

    /// Tells a changed file from an unchanged one without opening it.
    struct Identity: Equatable {
        let inode: UInt64
        let size: Int
        let modifiedNanoseconds: Int64
    }

    /// Nil where there is no such file.
    static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        return Identity(
            inode: UInt64(status.st_ino), size: Int(status.st_size),
            modifiedNanoseconds: Int64(modified.tv_sec) &* 1_000_000_000 &+ Int64(modified.tv_nsec))
    }

    /// Of the database and what stands beside it.
    func identities() -> [Identity?] { [Self.identity(realPath), Self.identity(walPath), Self.identity(journalPath)] }

    /// The SHA-256 of the bytes of a file that is read in its place.
    ///
    /// - Parameter progress: Gets the bytes that were read, and how many there are.
    /// - Throws: `LegacySourceError`, `CancellationError`.
    func sha256(_ progress: (Int64, Int64) -> Void = { _, _ in }) throws -> [UInt8] {
        var (hash, done) = (SHA256(), Int64(0))
        let total = Int64(Self.identity(realPath)?.size ?? 0)
        try Self.read(realPath) { bytes in
            hash.update(bufferPointer: bytes)
            done += Int64(bytes.count)
            progress(done, total)
        }
        return Array(hash.finalize())
    }

    /// Hands over all of a file, piece by piece.
    ///
    /// - Throws: `LegacySourceError`, `CancellationError`, and what the body throws.
    static func read(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        do { try RegularFile(reading: path).forEachPiece(body) } catch let problem as FileProblem {
            throw LegacySourceError.from(problem, path: path)
        }
    }

    // MARK: Opening

    /// How SQLite is told to open the file, so that it neither makes nor changes any file in its folder.
    enum Access {
        /// In its place, with the locks that rollback mode needs: then nothing is written, not even beside it.
        case inPlace
        /// A copy of it elsewhere: reading a write-ahead log writes shared memory beside it, and a journal that a
        /// program left when it died has to be rolled back first.
        case copy
    }

    func access() throws(LegacySourceError) -> Access {
        if usesWAL || Self.identity(walPath) != nil { return .copy }
        return try LegacyFileLock(path: realPath).hasHotJournal(journalPath) ? .copy : .inPlace
    }

    /// A URI filename as in SQLite's "Uniform Resource Identifiers".
    static func uri(_ path: String, isImmutable: Bool) -> String {
        let absolute = URL(fileURLWithPath: path).path
        let plain = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        let escaped = absolute.addingPercentEncoding(withAllowedCharacters: plain) ?? absolute
        return "file://\(escaped)?mode=ro\(isImmutable ? "&immutable=1" : "")"
    }
}

extension LegacySourceError {
    static func truncated(_ path: String, _ detail: String) -> LegacySourceError {
        LegacySourceError(
            .truncated, path: path, "The database is cut off or damaged: it \(detail). Take a complete copy of it.")
    }

    /// From `errno`.
    static func system(_ path: String, _ verb: String) -> LegacySourceError {
        let reason = String(cString: strerror(errno))
        return LegacySourceError(
            .unreadable, path: path, "It cannot be \(verb) (\(reason)). Check its permissions and its disk.")
    }

}
