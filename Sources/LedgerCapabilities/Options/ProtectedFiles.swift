import EventLog
import Foundation
import LedgerStorage

/// Files that nothing is ever written over, in whichever command or method they are named: a ledger and what stands
/// beside it, keys and what they have signed, master keys, the source of a migration.
///
/// Every path that a command or a method is given to write to goes through `check`, which compares the file itself
/// (device and inode) and the place.
public struct ProtectedFiles: Sendable {
    fileprivate enum Entry: Sendable {
        /// With all that stands beside it but its key.
        case ledger(String)
        case signingKey(SigningKeyFile)
        case masterKey(String)
        case source(String)
    }

    private var entries: [Entry] = []

    /// Only files that hold keys, wherever they are.
    public init() {}

    /// The ledger, its side files, the key beside it, and the key that it remembers to be signed with.
    public mutating func add(ledger path: String) {
        entries.append(.ledger(path))
        add(signingKey: .beside(RealFile.place(path)))
        // What cannot be read remembers nothing; a key is known by what it holds, too.
        guard LedgerPlaces.hasContent(path),
            let settings = try? LedgerFileReading.with(RealFile.place(path), { try CheckpointSettings.load($0) })
        else { return }
        if let key = settings.signingKey { add(signingKey: SigningKeyFile(path: key)) }
    }

    /// The key, the keys before it, and what it has signed.
    public mutating func add(signingKey file: SigningKeyFile) { entries.append(.signingKey(file)) }

    public mutating func add(masterKey path: String) { entries.append(.masterKey(path)) }

    /// A database that is migrated from, and what SQLite keeps beside it.
    public mutating func add(source path: String) { entries.append(.source(path)) }

    public mutating func add(_ other: ProtectedFiles) { entries += other.entries }

    /// The same file, or the same place for one.
    public static func areSame(_ left: String, _ right: String) -> Bool { LedgerPlaces.isSame(left, right) }

    // MARK: Checking

    /// Refuses a path at which something is to be written.
    ///
    /// - Throws: `EventLogError.fileExists`.
    public func check(_ path: String) throws {
        for entry in entries where entry.has(path) { throw Self.refusal(path, entry.words) }
        if Self.holdsKey(path) { throw Self.refusal(path, "a key or belongs to one, and would be lost") }
    }

    /// Refuses a path at which a new master key is to be made.
    ///
    /// - Throws: `EventLogError.fileExists`.
    public func check(newMasterKey path: String) throws {
        for entry in entries where entry.has(path) {
            // What is there is never written over, and may be told of before.
            if case .masterKey = entry { continue }
            throw Self.refusal(path, entry.words)
        }
    }

    /// Refuses a signing key that would have its own files where another's are.
    ///
    /// - Throws: `EventLogError.fileExists`.
    public func check(signingKey file: SigningKeyFile) throws {
        for entry in entries {
            if case .signingKey(let other) = entry, LedgerPlaces.isSame(other.path, file.path) { continue }
            for path in file.places where entry.has(path) { throw Self.refusal(path, entry.words) }
        }
    }

    /// Refuses a ledger that would have its own files where others are.
    ///
    /// - Throws: `EventLogError.fileExists`.
    package func check(ledger path: String) throws {
        for entry in entries {
            if case .ledger(let other) = entry, LedgerPlaces.isSame(other, path) { continue }
            for side in ["", "-wal", "-shm", "-journal", "-lock", "-head"] where entry.has(path + side) {
                throw Self.refusal(path + side, entry.words)
            }
        }
        // What the ledger itself writes into may be a key that was not named.
        for side in ["-lock", "-head"] where Self.holdsKeyText(path + side) {
            throw Self.refusal(path + side, "a key or belongs to one, and would be lost; the ledger needs this name")
        }
    }

    private static func refusal(_ path: String, _ what: String) -> EventLogError {
        EventLogError(.fileExists, "\(path) is \(what); name another file.")
    }

    // MARK: Known by what they hold

    /// A longer file is no key.
    private static let maximumKeyBytes = 4_096

    /// A signing key, what one has signed, or a master key.
    private static func holdsKey(_ path: String) -> Bool {
        guard let start = start(of: path) else { return false }
        return start.count == MasterKey.byteCount || isKeyText(start)
    }

    /// The same of a file that may have as many bytes as a master key by chance, as a lock has.
    private static func holdsKeyText(_ path: String) -> Bool { start(of: path).map(isKeyText) ?? false }

    private static func start(of path: String) -> ArraySlice<UInt8>? {
        guard let file = try? RegularFile(reading: path) else { return nil }
        var bytes = [UInt8](repeating: 0, count: maximumKeyBytes + 1)
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
        return bytes.prefix(count)
    }

    private static func isKeyText(_ start: ArraySlice<UInt8>) -> Bool {
        if ["PRIVATE+KEY+", "memoryledger.org/signed@"].contains(where: { start.starts(with: $0.utf8) }) {
            return true
        }
        guard start.count <= maximumKeyBytes else { return false }
        return (try? MasterKey(text: String(decoding: start, as: UTF8.self))) != nil
    }
}

extension ProtectedFiles.Entry {
    fileprivate var words: String {
        switch self {
        case .ledger: "the ledger itself, or belongs to it"
        case .signingKey: "a signing key or belongs to one, and would be lost"
        case .masterKey: "a master key, without which what is encrypted cannot be read"
        case .source: "the database that is migrated from, or belongs to it"
        }
    }

    fileprivate func has(_ path: String) -> Bool {
        switch self {
        case .ledger(let ledger): LedgerPlaces.belongs(path, to: ledger)
        case .signingKey(let file): file.has(path)
        case .masterKey(let key): LedgerPlaces.isSame(path, key)
        case .source(let source):
            ["", "-wal", "-shm", "-journal"].contains { LedgerPlaces.isSame(path, RealFile.place(source) + $0) }
        }
    }
}

extension SigningKeyFile {
    /// Where a key is and what is written beside it, but for the keys before it.
    fileprivate var places: [String] { [path, statePath, nextPath, lockPath] }

    /// The path is the key's, or belongs to it.
    fileprivate func has(_ path: String) -> Bool {
        if places.contains(where: { LedgerPlaces.isSame(path, $0) }) { return true }
        let old = LedgerPlaces.place(oldPrefix)
        if LedgerPlaces.place(path).utf8.starts(with: old.utf8) { return true }
        // A link to one, or another name of it.
        guard let own = FileIdentity(path) else { return false }
        let folder = LedgerPlaces.folder(of: old)
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .map { folder + "/" + $0 }
            .contains { $0.utf8.starts(with: old.utf8) && FileIdentity($0) == own }
    }
}
