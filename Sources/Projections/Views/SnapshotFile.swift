import CLZ4
import Crypto
import EventLog
import Foundation
import LedgerStorage

/// A database in a file as one LZ4 frame, which the `lz4` command reads too.
enum SnapshotFile {
    /// The frame's own block size must not be smaller than `RegularFile.pieceBytes` is worth.
    private static let blockSize = LZ4F_max1MB

    struct Written {
        var sha256: String
        var bytes: Int64
        var databaseBytes: Int64
    }

    // MARK: Writing

    /// Compresses a database into a new file and syncs that.
    ///
    /// - Parameter proceed: Called between pieces; what it throws ends the work. The file is the caller's to remove.
    static func compress(
        _ database: String, to target: String, rights: FileRights, proceed: () throws -> Void
    ) throws -> Written {
        let source = try RegularFile(reading: database)
        let output = try FileDescriptor(making: target, rights)
        var context: OpaquePointer?
        try check(LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION)), target)
        defer { LZ4F_freeCompressionContext(context) }
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = blockSize
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: LZ4F_compressBound(RegularFile.pieceBytes, &preferences) + Int(LZ4F_HEADER_SIZE_MAX),
            alignment: 16)
        defer { room.deallocate() }
        var hash = SHA256()
        var written = Written(sha256: "", bytes: 0, databaseBytes: 0)
        func put(_ count: Int) throws {
            try check(count, target)
            let bytes = UnsafeRawBufferPointer(rebasing: room[..<count])
            hash.update(bufferPointer: bytes)
            try output.write(bytes)
            written.bytes += Int64(count)
        }
        try put(LZ4F_compressBegin(context, room.baseAddress, room.count, &preferences))
        try source.forEachPiece { bytes in
            try proceed()
            written.databaseBytes += Int64(bytes.count)
            try put(LZ4F_compressUpdate(context, room.baseAddress, room.count, bytes.baseAddress, bytes.count, nil))
        }
        try put(LZ4F_compressEnd(context, room.baseAddress, room.count, nil))
        try output.sync()
        written.sha256 = hash.finalize().hexadecimal
        return written
    }

    // MARK: Reading

    /// Decompresses a file into a new database, hashing it on the way.
    ///
    /// - Returns: Nil where the whole file has the expected hash; else what is wrong with it. Then the database must
    ///   not be used.
    static func expand(
        _ snapshot: String, to database: String, rights: FileRights, expecting info: SnapshotInfo
    ) throws -> String? {
        let source: RegularFile
        do { source = try RegularFile(reading: snapshot) } catch { return "\(error)" }
        let output = try FileDescriptor(making: database, rights)
        var context: OpaquePointer?
        try check(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION)), database)
        defer { LZ4F_freeDecompressionContext(context) }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: RegularFile.pieceBytes, alignment: 16)
        defer { room.deallocate() }
        var hash = SHA256()
        var (bytes, databaseBytes) = (Int64(0), Int64(0))
        var isFrame = true
        try source.forEachPiece { piece in
            bytes += Int64(piece.count)
            var rest = piece
            hash.update(bufferPointer: rest)
            guard isFrame else { return }
            // Nothing that was not written here makes more of a small file than it is registered to hold.
            while databaseBytes <= info.databaseBytes {
                var (taken, made) = (rest.count, room.count)
                let code = LZ4F_decompress(context, room.baseAddress, &made, rest.baseAddress, &taken, nil)
                isFrame = LZ4F_isError(code) == 0
                guard isFrame else { return }
                if made > 0 { try output.write(UnsafeRawBufferPointer(rebasing: room[..<made])) }
                databaseBytes += Int64(made)
                rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
                // A full room may hide more that is ready.
                if rest.isEmpty, made < room.count { break }
            }
        }
        guard isFrame else { return "it is no LZ4 frame" }
        guard hash.finalize().hexadecimal == info.sha256 else { return "its SHA-256 is not the registered one" }
        guard bytes == info.bytes, databaseBytes == info.databaseBytes else { return "it has another size" }
        return nil
    }

    private static func check(_ code: Int, _ path: String) throws {
        guard LZ4F_isError(code) != 0 else { return }
        let reason = LZ4F_getErrorName(code).map { String(cString: $0) } ?? "error"
        throw EventLogError(.storage, "\(path) cannot be compressed (\(reason)); check the memory, then try again.")
    }
}
