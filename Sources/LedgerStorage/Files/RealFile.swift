import EventLog
import Foundation

/// Where a file really is, whatever links lead there, also one that does not exist yet.
///
/// Locks and everything else that stands beside a ledger belong to the real place: who comes by a link takes the same
/// lock as who does not.
package enum RealFile {
    /// Links that are followed one behind the other: as many as Linux follows.
    static let maximumLinks = 40

    /// The path without symbolic links. One whose folder is not there stays as it is.
    ///
    /// - Throws: `EventLogError.storage` where links lead round in a circle.
    package static func path(_ given: String) throws -> String {
        var path = given
        for _ in 0...maximumLinks {
            if let real = resolved(path) { return real }
            if errno == ELOOP { break }
            // The last name is a link to what is not there yet, or is itself not there.
            guard let target = target(ofLink: path) else { return inRealFolder(path) }
            path = target.utf8.first == UInt8(ascii: "/") ? target : LedgerPlaces.folder(of: path) + "/" + target
        }
        throw EventLogError(
            .storage, "\(given) is a chain of symbolic links that leads nowhere; mend the links, or name another file.")
    }

    /// The same where a path is only compared: a chain that leads nowhere is no file's.
    package static func place(_ path: String) -> String { (try? self.path(path)) ?? path }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func inRealFolder(_ path: String) -> String {
        let url = URL(fileURLWithPath: path)
        guard let folder = resolved(url.deletingLastPathComponent().path) else { return path }
        return (folder.hasSameBytes(as: "/") ? "" : folder) + "/" + url.lastPathComponent
    }

    private static func target(ofLink path: String) -> String? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &text, text.count)
        return count > 0 ? String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
