import EventLog
import Foundation

/// Which files belong to a ledger, by their names.
package enum LedgerPlaces {
    /// The ledger itself, and what SQLite and the ledger keep beside it. Its signing key is `ProtectedFiles`'.
    private static let companions = ["", "-wal", "-shm", "-lock", "-journal", "-head"]
    /// What begins with these belongs to it too.
    private static let companionPrefixes = ["-rebuild", "-verify-", "-verify.part-", "-wal-lost-", textIndex]
    /// Text indexes: their places begin so, behind the ledger's name.
    private static let textIndex = "-search"
    /// And what is in these.
    private static let companionFolders = ["-snapshots", "-views"]

    /// Where the index of some texts is.
    ///
    /// - Parameter name: a word; empty for the memories.
    package static func textIndex(_ name: String, of ledger: String) -> String {
        ledger + textIndex + (name.isEmpty ? "" : "-\(name)")
    }

    /// The text indexes that there are, in the order of their names.
    package static func textIndexes(of ledger: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(of: ledger))) ?? []
        let own = URL(fileURLWithPath: ledger).lastPathComponent + textIndex
        let sides = companions.filter { !$0.isEmpty }
        return names.filter { name in
            name.utf8.starts(with: own.utf8) && !sides.contains { name.hasSuffix($0) }
        }.sorted { $0.precedesByBytes($1) }.map { ledger + $0.dropFirst(own.count - textIndex.count) }
    }

    /// What is at the path is the ledger or belongs to it.
    package static func belongs(_ path: String, to ledger: String) -> Bool {
        if companions.contains(where: { isSame(path, ledger + $0) }) { return true }
        // A rename replaces a link, not what it leads to: here the place counts.
        let (place, own) = (Array(place(path).utf8), RealFile.place(ledger))
        return companionPrefixes.contains { place.starts(with: (own + $0).utf8) }
            || companionFolders.contains { (place + "/".utf8).starts(with: (own + $0 + "/").utf8) }
    }

    /// The path with its folder's links resolved.
    package static func place(_ path: String) -> String {
        let url = URL(fileURLWithPath: path)
        return RealFile.place(url.deletingLastPathComponent().path) + "/" + url.lastPathComponent
    }

    /// The same file, or the same place for one.
    package static func isSame(_ left: String, _ right: String) -> Bool {
        if let a = FileIdentity(left), let b = FileIdentity(right) { return a == b }
        return RealFile.place(left).hasSameBytes(as: RealFile.place(right))
    }

    /// Where a file is made before it gets its name.
    package static func hidden(_ target: String, _ suffix: String) -> String {
        let url = URL(fileURLWithPath: target)
        let name = ".\(url.lastPathComponent).memledger-\(suffix)"
        return url.deletingLastPathComponent().appendingPathComponent(name).path
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    package static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// As it was named, so that the person who named it knows it.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What a database that is gone has left beside its name. SQLite would take a log of it for the new file's, and a
    /// ledger its head.
    ///
    /// - Throws: `EventLogError.fileExists`.
    package static func checkNothingIsLeft(of target: String) throws {
        for rest in ["-journal", "-wal", "-head"] where hasContent(target + rest) {
            throw EventLogError(
                .fileExists,
                "\(target)\(rest) is left of a database that was there; move it away, or name another file.")
        }
    }

    package static func hasContent(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0
    }
}
