import EventLog
import Foundation

/// What rows of a legacy database mean: the rules by which raw rows in the log become memories.
///
/// A pure function of the row and the three settings, so that a replay gives the same memories. A row is quarantined
/// where it has no key or no memory; whatever else is odd about it is imported, and what has no place in a memory is
/// kept in its `extra`:
///
/// - unknown fields under their names, unknown statistics in `extra.meta`, what stands beside the value in a Keyv entry
///   (and an `expires` that is no number) in `extra.keyv`;
/// - a known field of the wrong type under its name, the field itself being empty; `null` counts as missing;
/// - of a repeated field all but the last, which is the one that `JSON.parse` takes;
/// - elements of `links` that are no objects in `extra.links`, elements of `keywords` that are no strings in
///   `extra.keywords`;
/// - in a link, a known member of the wrong type as `<name>_raw`.
///
/// Half a surrogate pair, which JavaScript writes where it cuts a text, becomes U+FFFD.
///
/// Versions. A row that an earlier version set aside stays set aside in its event: its key may have been taken since,
/// and an `add` of the key does not look where its event lies. Migrated again it comes as a new event. Otherwise
/// today's rules hold for all.
///
/// 1. Set aside what had half a surrogate pair in its JSON, and took byte arrays for memories, which they stay.
/// 2. Takes the former, and not the latter.
package struct LegacyMapping: Sendable {
    /// Raised when the rules change, so that events say by which they were first read.
    package static let version = 2

    /// The one whose refusals hold.
    let version: Int
    let namespaces: [String]
    let defaultNamespace: String
    /// Of all keys of the table; nil if they name theirs.
    package let tableNamespace: String?
    let limits: MemoryLimits

    /// - Parameters:
    ///   - namespaces: those that are known, which may contain colons.
    ///   - defaultNamespace: of keys that name none.
    ///   - tableNamespace: of all keys of the table, with its name in front or not; nil if they name theirs.
    ///   - version: by which the row was first read, so that what that set aside stays set aside.
    package init(
        namespaces: [String] = [], defaultNamespace: String = MemoryKey.defaultNamespace, tableNamespace: String? = nil,
        limits: MemoryLimits = .standard, version: Int = LegacyMapping.version
    ) {
        self.version = min(max(version, 1), Self.version)
        let namespaces = tableNamespace.map { [$0] } ?? namespaces
        self.namespaces = namespaces.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
        self.defaultNamespace = tableNamespace ?? defaultNamespace
        self.tableNamespace = tableNamespace
        self.limits = limits
    }

    package func interpret(_ row: LegacyRow) -> LegacyInterpretation {
        do throws(LegacyQuarantine) {
            let id = try id(of: row)
            try within { limits throws(MemoryLimitError) in try limits.check(id) }
            let memory = row.format.isKeyv ? try keyvMemory(row, id) : try nativeMemory(row, id)
            try within { limits throws(MemoryLimitError) in try limits.check(memory.content) }
            return .memory(memory)
        } catch {
            return .quarantined(reason: error.reason)
        }
    }

    private func within(_ check: (MemoryLimits) throws(MemoryLimitError) -> Void) throws(LegacyQuarantine) {
        do throws(MemoryLimitError) { try check(limits) } catch { throw LegacyQuarantine(reason: error.description) }
    }

    // MARK: The key

    /// The namespace and key, or nil where the key cannot be read.
    package func identify(_ row: LegacyRow) -> MemoryKey? { try? id(of: row) }

    private func id(of row: LegacyRow) throws(LegacyQuarantine) -> MemoryKey {
        let key = try Self.text(row.key, "key")
        var namespace = ""
        if let cell = row.namespace, cell != .null { namespace = try Self.text(cell, "namespace") }
        switch row.format {
        case .kvMemory2: return MemoryKey(namespace: defaultNamespace, key: key)
        case .kvMemory1: return MemoryKey(namespace: namespace.isEmpty ? defaultNamespace : namespace, key: key)
        case .keyv: return split(key)
        case .keyv6:
            if namespace.isEmpty { return split(key) }
            // Keyv 6 split old keys at their first colon, wrongly where the namespace has one itself.
            return splitByKnown("\(namespace):\(key)") ?? MemoryKey(namespace: namespace, key: key)
        }
    }

    /// Splits by the longest known namespace, else at the first colon, unless that is the first character.
    private func split(_ key: String) -> MemoryKey {
        if let tableNamespace {
            let prefix = tableNamespace + ":"
            let isPrefixed = key.utf8.starts(with: prefix.utf8)
            return MemoryKey(
                namespace: tableNamespace,
                key: isPrefixed ? String(decoding: key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : key)
        }
        if let known = splitByKnown(key) { return known }
        guard let colon = key.utf8.firstIndex(of: UInt8(ascii: ":")), colon > key.startIndex else {
            return MemoryKey(namespace: defaultNamespace, key: key)
        }
        return MemoryKey(
            namespace: String(decoding: key.utf8[..<colon], as: UTF8.self),
            key: String(decoding: key.utf8[colon...].dropFirst(), as: UTF8.self))
    }

    private func splitByKnown(_ key: String) -> MemoryKey? {
        for namespace in namespaces where key.utf8.starts(with: namespace.utf8) {
            let rest = key.utf8.dropFirst(namespace.utf8.count)
            guard rest.first == UInt8(ascii: ":") else { continue }
            return MemoryKey(namespace: namespace, key: String(decoding: rest.dropFirst(), as: UTF8.self))
        }
        return nil
    }

    // MARK: Cells

    static func text(_ cell: LegacyCell, _ name: String) throws(LegacyQuarantine) -> String {
        switch cell {
        case .text(let bytes):
            guard let text = bytes.withUnsafeBufferPointer({ String(validUTF8: $0) }) else {
                throw LegacyQuarantine(reason: "The \(name) is not valid UTF-8.")
            }
            return text
        case .null: throw LegacyQuarantine(reason: "The \(name) is NULL.")
        case .blob: throw LegacyQuarantine(reason: "The \(name) is a BLOB, not a text.")
        case .integer, .real: throw LegacyQuarantine(reason: "The \(name) is a number, not a text.")
        }
    }

    /// A cell as JSON: a BLOB as `{"$base64": …}`, NULL as nil.
    package static func json(_ column: LegacyColumn) throws(LegacyQuarantine) -> JSONValue? {
        switch column.cell {
        case .null: nil
        case .integer(let value): JSONValue(value)
        case .real(let value): JSONNumber(value).map { .number($0) } ?? .string(value.description)
        case .text: .string(try text(column.cell, "column \(column.name)"))
        case .blob(let bytes): KeyvEscapes.binary(base64: Data(bytes).base64EncodedString())
        }
    }
}
