package import Crypto
public import EventLog
import Foundation
import LedgerStorage
import MerkleLog

/// The key that wraps a ledger's data keys: 32 bytes that never get into the ledger.
///
///     options.file.masterKey = try MasterKey.make(at: "master.key")
///     let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite", options: options)
///
/// If it is lost, so is what is encrypted. What is printed of it is nothing.
public struct MasterKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let key: SymmetricKey

    public static let byteCount = 32
    /// A file that is longer is no key.
    private static let maximumFileBytes = 4_096

    /// - Throws: `invalidArgument` where there are not 32 bytes.
    public init(bytes: [UInt8]) throws {
        guard bytes.count == Self.byteCount else {
            throw EventLogError(
                .invalidArgument, "A master key has \(Self.byteCount) bytes, not \(bytes.count); give the right one.")
        }
        key = SymmetricKey(data: bytes)
    }

    /// 64 hexadecimal digits, or base64; white space around it does not matter.
    ///
    /// - Parameter source: where it is from, for the message of an error.
    /// - Throws: `invalidArgument`.
    public init(text: String, source: String = "The master key") throws {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let bytes = Self.hexadecimal(text) ?? Data(base64Encoded: text).map { [UInt8]($0) }
        guard let bytes, bytes.count == Self.byteCount else {
            throw EventLogError(
                .invalidArgument, "\(source) is not 32 bytes in base64 or 64 hexadecimal digits; give the right key.")
        }
        try self.init(bytes: bytes)
    }

    /// For a pipe from a program that may ask for a password first.
    private static let maximumWaitSeconds = 120

    /// Reads a file that holds the key as text, or a pipe.
    ///
    /// - Parameter checkingWaiting: Called ten times a second while it waits for a pipe; what it throws ends that. A
    ///   log asks for its key on a queue of its own, where the task that waits for the log is not known: see
    ///   `LedgerFileOptions.masterKeySource`.
    /// - Throws: `storage` where the file cannot be read, `unsafeKeyFile` where others may read it, `invalidArgument`
    ///   where it holds no key; what `checkingWaiting` throws.
    public init(
        file path: String, checkingWaiting: () throws -> Void = { try Task.checkCancellation() }
    ) throws {
        let bytes: [UInt8]
        do {
            bytes = try Self.bytes(of: path, checkingWaiting)
        } catch let problem as FileProblem where problem.code == ETIMEDOUT {
            throw EventLogError(
                .storage,
                "No master key came through \(path) within \(Self.maximumWaitSeconds) seconds; start the program that "
                    + "writes it, then try again.")
        } catch let problem as FileProblem {
            throw EventLogError(
                .storage,
                "The master key \(path) cannot be read: \(problem.reason); check the file and its permissions.")
        }
        try self.init(text: String(decoding: bytes, as: UTF8.self), source: path)
    }

    private static func bytes(of path: String, _ checkingWaiting: () throws -> Void) throws -> [UInt8] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileProblem(path, errno) }
        var bytes = [UInt8](repeating: 0, count: maximumFileBytes)
        let count: Int
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            guard status.st_mode & 0o077 == 0 else {
                throw EventLogError(
                    .unsafeKeyFile,
                    "\(path) may be read by others than its owner; run `chmod 600 \(path)`, and rotate the key if others had it."
                )
            }
            count = try bytes.withUnsafeMutableBytes { try RegularFile(reading: path).read(into: $0) }
        case S_IFDIR: throw FileProblem.irregular(path)
        default:
            // What a pipe holds goes to this process alone.
            let pipe = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
            try pipe.waitForInput(seconds: maximumWaitSeconds, checkingWaiting)
            count = try bytes.withUnsafeMutableBytes { try pipe.read(into: $0) }
        }
        return Array(bytes.prefix(count))
    }

    /// Makes a new key in a new file that only its owner can read, and syncs it.
    ///
    /// - Throws: `fileExists` where there is a file: a key that something is encrypted with must not be lost;
    ///   `storage`, and then there is no file.
    @discardableResult
    public static func make(at path: String, _ random: any RandomSource = SystemRandomSource()) throws -> MasterKey {
        let bytes = random.bytes(byteCount)
        let key = try MasterKey(bytes: bytes)
        do {
            try AtomicFile.create(path, with: Array((Data(bytes).base64EncodedString() + "\n").utf8))
        } catch let error as EventLogError where error.code == .fileExists {
            throw isThere(path)
        }
        return key
    }

    /// Why no key is made at a path.
    package static func isThere(_ path: String) -> EventLogError {
        EventLogError(
            .fileExists, "There is a file \(path) already; name another one, a master key is never written over.")
    }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 * byteCount, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(digits[index] ?? 0) << 4 | UInt8(digits[index + 1] ?? 0)
        }
    }

    public var description: String { "MasterKey(…)" }
    public var debugDescription: String { description }

    // MARK: The check value

    private static let checkInfo = Array("memory-ledger master key check v1".utf8)
    private static let checkBytes = 16

    /// What a ledger keeps of its master key: it tells nothing of the key but whether it is the one.
    package func check(_ ledger: LedgerID) -> String {
        let check = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: ledger.bytes, info: Self.checkInfo, outputByteCount: Self.checkBytes)
        return check.withUnsafeBytes { bytes in
            bytes.hexadecimal
        }
    }

    package static let checkName = "master_key_check"

    // MARK: Wrapping

    /// Of a data key: AES-256.
    package static let dataKeyBytes = 32

    /// A data key as it lies in `data_keys`.
    package func wrap(_ dataKey: [UInt8], _ id: Int64, of subject: StreamName, _ ledger: LedgerID, nonce: [UInt8])
        throws
        -> [UInt8]
    {
        let box = try AES.GCM.seal(
            dataKey, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: Self.context(id, subject, ledger))
        return nonce + box.ciphertext + box.tag
    }

    /// Nil where it was not wrapped with this key for this subject.
    package func unwrap(_ wrapped: [UInt8], _ id: Int64, of subject: StreamName, _ ledger: LedgerID) -> SymmetricKey? {
        guard let box = try? AES.GCM.SealedBox(combined: wrapped),
            let key = try? AES.GCM.open(box, using: key, authenticating: Self.context(id, subject, ledger)),
            key.count == Self.dataKeyBytes
        else { return nil }
        return SymmetricKey(data: key)
    }

    private static func context(_ id: Int64, _ subject: StreamName, _ ledger: LedgerID) -> [UInt8] {
        var context = ledger.bytes
        withUnsafeBytes(of: id.bigEndian) { context += Array($0) }
        context += Array(subject.rawValue.utf8)
        return context
    }
}
