import EventLog

/// The paths of the old program's HTTP API, as figures name them.
package enum CompatiblePath: String, CaseIterable, Hashable, Sendable {
    case login = "/login"
    case add = "/add_memory"
    case get = "/get_memory"
    case update = "/update_memory"
    case rename = "/update_memory_key"
    case search = "/search"
    case fulltext = "/fulltext"
    /// With the key of a memory in it.
    case bulk = "/api/memories/:key/bulk"

    /// - Parameter path: as it was sent, still percent-encoded.
    package init?(path: String) {
        if Self.key(inBulk: path) != nil {
            self = .bulk
        } else if let path = Self(rawValue: path) {
            self = path
        } else {
            return nil
        }
    }

    var method: String { isOfSecondVersion ? "GET" : "POST" }

    /// The first version did not have it.
    var isOfSecondVersion: Bool { [.search, .fulltext, .bulk].contains(self) }

    /// The key in a path of `bulk`, still percent-encoded; nil if it is another path.
    static func key(inBulk path: String) -> Substring? {
        let (before, after) = ("/api/memories/", "/bulk")
        guard path.utf8.starts(with: before.utf8), path.utf8.count > before.utf8.count + after.utf8.count else {
            return nil
        }
        let key = path.utf8.dropFirst(before.utf8.count).dropLast(after.utf8.count)
        guard path.utf8.dropFirst(before.utf8.count + key.count).elementsEqual(after.utf8),
            !key.contains(UInt8(ascii: "/"))
        else { return nil }
        return Substring(key)
    }
}
