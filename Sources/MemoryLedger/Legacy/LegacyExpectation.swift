import CLedgerShims
import EventLog
import Foundation
import LedgerStorage

/// What a memory must look like by the second reading.
package struct LegacyExpectation: Hashable, Sendable {
    package struct Link: Hashable, Sendable {
        package var type = ""
        package var key: String?
        package var term = ""
        package var weight = MemoryLink.defaultWeight
    }

    package var domain = ""
    package var summary = ""
    package var text = ""
    package var type = ""
    package var keywords: [String] = []
    package var links: [Link] = []
    /// Milliseconds since 1970; nil, as in the next two, where the source does not say.
    package var createdAt: Int64?
    package var accessCount: Int64?
    package var status: String?

    /// The fields in which the memory differs, as they are called in JSON; `memory` alone where there is none.
    ///
    /// SQLite cuts a JSON string at `\u0000`, so of a text with U+0000 in it only what stands before is compared, and
    /// it reads decimals with an error in the last digits, so weights may differ by 10^-12 of their size.
    package func differences(from memory: Memory?) -> [String] { differences(from: memory) { _ in false } }

    /// The same in a ledger that went on.
    ///
    /// - Parameter mayHaveMoved: whether links to this key may lead elsewhere by now.
    package func differences(
        from memory: Memory?, mayHaveMoved: (_ linkKey: String) throws -> Bool
    ) rethrows -> [String] {
        guard let memory else { return ["memory"] }
        let content = memory.content
        let texts = [
            ("domain", domain, content.domain), ("summary", summary, content.summary), ("text", text, content.text),
            ("type", type, content.type),
        ]
        var fields = texts.filter { !Self.isSame($0.1, $0.2) }.map(\.0)
        if !isSame(keywords: content.keywords) { fields.append("keywords") }
        if try !isSame(links: content.links, mayHaveMoved) { fields.append("links") }
        if let createdAt, createdAt != memory.meta.createdAt.milliseconds { fields.append("created_at") }
        if let accessCount, accessCount != Int64(memory.meta.accessCount) { fields.append("access_count") }
        if let status, status != memory.meta.status.rawValue { fields.append("status") }
        return fields
    }

    private func isSame(keywords found: [String]) -> Bool {
        keywords.count == found.count && zip(keywords, found).allSatisfy(Self.isSame)
    }

    private func isSame(links found: [MemoryLink], _ mayHaveMoved: (String) throws -> Bool) rethrows -> Bool {
        guard links.count == found.count else { return false }
        return try zip(links, found).allSatisfy { expected, link in
            guard Self.isSame(expected.type, link.type), Self.isSame(expected.term, link.term),
                (expected.key == nil) == (link.key == nil),
                abs(expected.weight - link.weight) <= 1e-12 * max(1, abs(link.weight))
            else { return false }
            let key = expected.key ?? ""
            return try Self.isSame(key, link.key ?? "") || mayHaveMoved(key)
        }
    }

    private static func isSame(_ expected: String, _ found: String) -> Bool {
        expected.hasSameBytes(as: found)
            || found.utf8.contains(0) && expected.utf8.elementsEqual(found.utf8.prefix { $0 != 0 })
    }
}

/// Puts an expectation together from the rows of `json_tree`, which visits a document from the outside to the inside
/// and from left to right; of a repeated member the last one counts.
struct LegacyExpectationBuilder {
    /// One row of `json_tree`, strings unescaped.
    struct Node {
        enum Kind {
            case object, array, text, number, other
        }

        let id: Int64
        /// Nil for the root.
        let parent: Int64?
        let kind: Kind
        private let row: SQLiteStatement
        private let atom: SQLiteStatement
        private let atomColumn: Int32

        /// - Parameter atom: where the atom is: NULL for binary data, an integer for a big one.
        init(_ row: SQLiteStatement, atom: SQLiteStatement, _ atomColumn: Int32) {
            (self.row, self.atom, self.atomColumn) = (row, atom, atomColumn)
            id = row.int64(0)
            parent = row.optionalInt64(1)
            let type = row.utf8(2)
            kind =
                switch (type.first, type.count) {
                case (UInt8(ascii: "o"), _): .object
                case (UInt8(ascii: "a"), _): .array
                case (UInt8(ascii: "i"), _), (UInt8(ascii: "r"), _): .number
                case (UInt8(ascii: "t"), _) where type[1] == UInt8(ascii: "e"):
                    switch atom.type(atomColumn) {
                    case SQLITE_TEXT: .text
                    case SQLITE_INTEGER: .number
                    default: .other
                    }
                default: .other
                }
        }

        /// Of a member: its name's bytes, valid until the next row.
        var name: UnsafeRawBufferPointer { row.utf8(Column.key) }
        /// Of a text; nil of others.
        var text: String? { kind == .text ? atom.repairedText(atomColumn) : nil }
        /// Of a number.
        var double: Double { atom.double(atomColumn) }
        /// Of a number, if it is whole.
        var integer: Int64? {
            guard kind == .number else { return nil }
            if atom.type(atomColumn) == SQLITE_INTEGER { return atom.int64(atomColumn) }
            return abs(double) < 9_007_199_254_740_992 ? Int64(exactly: double) : nil
        }
    }

    /// Places of `key` and `atom` in a row.
    enum Column {
        static let key: Int32 = 3
        static let atom: Int32 = 4
    }

    private(set) var expectation: LegacyExpectation?
    /// True where the value has a member besides `meta`.
    private(set) var hasContent = false
    private var value: Int64 = -1
    private var keywords: Int64 = -1
    private var links: Int64 = -1
    private var link: Int64 = -1
    private var meta: Int64 = -1

    mutating func add(_ node: Node) {
        guard let parent = node.parent else { return }
        switch parent {
        case 0:
            guard "value" ~= node.name else { return }
            self = LegacyExpectationBuilder()
            value = node.id
            if node.kind == .object { expectation = LegacyExpectation() }
        case value: addField(node)
        case keywords: if let keyword = node.text { expectation?.keywords.append(keyword) }
        case links where node.kind == .object:
            link = node.id
            expectation?.links.append(LegacyExpectation.Link())
        case link: addLinkMember(node)
        case meta: addStatistic(node)
        default: return
        }
    }

    private mutating func addField(_ node: Node) {
        let name = node.name
        if !("meta" ~= name) { hasContent = true }
        switch name {
        case "domain": expectation?.domain = node.text ?? ""
        case "summary": expectation?.summary = node.text ?? ""
        case "text": expectation?.text = node.text ?? ""
        case "type": expectation?.type = node.text ?? ""
        case "keywords":
            expectation?.keywords = []
            keywords = node.kind == .array ? node.id : -1
        case "links":
            expectation?.links = []
            links = node.kind == .array ? node.id : -1
        case "meta":
            expectation?.createdAt = nil
            expectation?.accessCount = nil
            expectation?.status = nil
            meta = node.kind == .object ? node.id : -1
        default: return
        }
    }

    private mutating func addLinkMember(_ node: Node) {
        guard let last = expectation?.links.indices.last else { return }
        switch node.name {
        case "type": expectation?.links[last].type = node.text ?? ""
        case "key": expectation?.links[last].key = node.text
        case "term": expectation?.links[last].term = node.text ?? ""
        case "weight":
            let weight = node.kind == .number ? node.double : .infinity
            expectation?.links[last].weight = weight.isFinite ? weight : MemoryLink.defaultWeight
        default: return
        }
    }

    private mutating func addStatistic(_ node: Node) {
        switch node.name {
        case "created_at": expectation?.createdAt = node.integer
        case "access_count": expectation?.accessCount = node.integer.flatMap { $0 < 0 ? nil : $0 }
        case "status": expectation?.status = node.text.flatMap { Self.statuses.contains($0) ? $0 : nil }
        default: return
        }
    }

    private static let statuses: Set = ["active", "cold", "deprecated", "deleted"]

    /// The moment that a native table's own column gives, where the statistics do not.
    mutating func setCreated(_ milliseconds: Int64?) {
        if expectation?.createdAt == nil { expectation?.createdAt = milliseconds }
    }
}

extension SQLiteStatement {
    /// A text in which SQLite wrote each half of a surrogate pair as three bytes of its own, which are no UTF-8: U+FFFD
    /// in their place.
    fileprivate func repairedText(_ column: Int32) -> String {
        let bytes = utf8(column)
        // No UTF-8 has 0xed before a byte from 0xa0 on.
        guard let start = bytes.baseAddress, memchr(start, 0xed, bytes.count) != nil else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var repaired: [UInt8] = []
        repaired.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0xed, index + 2 < bytes.count, bytes[index + 1] >= 0xa0 {
                repaired += [0xef, 0xbf, 0xbd]
                index += 3
            } else {
                repaired.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: repaired, as: UTF8.self)
    }
}

/// The name of a member, as a pattern.
private func ~= (name: StaticString, bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.count == name.utf8CodeUnitCount else { return false }
    return memcmp(start, name.utf8Start, bytes.count) == 0
}
