import CLedgerShims
import EventLog
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

        init(_ row: SQLiteStatement, isUTF16: Bool) {
            id = row.int64(0)
            parent = row.optionalInt64(1)
            // Then the bytes of a column are UTF-16 until its text was asked for.
            if isUTF16 { _ = row.text(2) }
            let type = row.bytes(2)
            kind =
                switch (type.first, type.count) {
                case (UInt8(ascii: "o"), _): .object
                case (UInt8(ascii: "a"), _): .array
                case (UInt8(ascii: "i"), _), (UInt8(ascii: "r"), _): .number
                case (UInt8(ascii: "t"), _) where type[1] == UInt8(ascii: "e"):
                    switch row.type(Column.atom) {
                    case SQLITE_TEXT: .text
                    case SQLITE_INTEGER: .number
                    default: .other
                    }
                default: .other
                }
        }
    }

    private(set) var expectation: LegacyExpectation?
    /// True where the value has a member besides `meta`.
    private(set) var hasContent = false
    private var value: Int64 = -1
    private var keywords: Int64 = -1
    private var links: Int64 = -1
    private var link: Int64 = -1
    private var meta: Int64 = -1

    mutating func add(_ node: Node, _ row: SQLiteStatement) {
        guard let parent = node.parent else { return }
        switch parent {
        case 0:
            guard row.repairedText(Column.key) == "value" else { return }
            self = LegacyExpectationBuilder()
            value = node.id
            if node.kind == .object { expectation = LegacyExpectation() }
        case value: addField(node, row)
        case keywords where node.kind == .text: expectation?.keywords.append(row.repairedText(Column.atom))
        case links where node.kind == .object:
            link = node.id
            expectation?.links.append(LegacyExpectation.Link())
        case link: addLinkMember(node, row)
        case meta: addStatistic(node, row)
        default: return
        }
    }

    /// Places of `key` and `atom` in a row.
    enum Column {
        static let key: Int32 = 3
        static let atom: Int32 = 4
    }

    private mutating func addField(_ node: Node, _ row: SQLiteStatement) {
        let name = row.repairedText(Column.key)
        if name != "meta" { hasContent = true }
        let text = node.kind == .text ? row.repairedText(Column.atom) : ""
        switch name {
        case "domain": expectation?.domain = text
        case "summary": expectation?.summary = text
        case "text": expectation?.text = text
        case "type": expectation?.type = text
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

    private mutating func addLinkMember(_ node: Node, _ row: SQLiteStatement) {
        guard let last = expectation?.links.indices.last else { return }
        let text = node.kind == .text ? row.repairedText(Column.atom) : nil
        switch row.repairedText(Column.key) {
        case "type": expectation?.links[last].type = text ?? ""
        case "key": expectation?.links[last].key = text
        case "term": expectation?.links[last].term = text ?? ""
        case "weight":
            let weight = node.kind == .number ? row.double(Column.atom) : .infinity
            expectation?.links[last].weight = weight.isFinite ? weight : MemoryLink.defaultWeight
        default: return
        }
    }

    private mutating func addStatistic(_ node: Node, _ row: SQLiteStatement) {
        switch row.repairedText(Column.key) {
        case "created_at":
            let moment = integer(node, row)
            expectation?.createdAt = moment
        case "access_count":
            let count = integer(node, row)
            expectation?.accessCount = count ?? -1 < 0 ? nil : count
        case "status":
            let known = ["active", "cold", "deprecated", "deleted"]
            let status = row.repairedText(Column.atom)
            expectation?.status = node.kind == .text && known.contains(status) ? status : nil
        default: return
        }
    }

    private func integer(_ node: Node, _ row: SQLiteStatement) -> Int64? {
        guard node.kind == .number else { return nil }
        if row.type(Column.atom) == SQLITE_INTEGER { return row.int64(Column.atom) }
        let value = row.double(Column.atom)
        return abs(value) < 9_007_199_254_740_992 ? Int64(exactly: value) : nil
    }

    /// The moment that a native table's own column gives, where the statistics do not.
    mutating func setCreated(_ milliseconds: Int64?) {
        if expectation?.createdAt == nil { expectation?.createdAt = milliseconds }
    }
}

extension SQLiteStatement {
    /// A text in which SQLite wrote each half of a surrogate pair as three bytes of its own, which are no UTF-8: U+FFFD
    /// in their place.
    fileprivate func repairedText(_ column: Int32) -> String {
        // Asked for first, so that the bytes are UTF-8 in a UTF-16 database, too.
        let text = text(column)
        let bytes = bytes(column)
        // No UTF-8 has 0xed before a byte from 0xa0 on.
        guard bytes.contains(0xed) else { return text }
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
