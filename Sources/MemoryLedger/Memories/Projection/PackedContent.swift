import EventLog
import LedgerStorage

/// The columns of a memory that hold what was written, as they are stored, in one piece of memory.
///
/// A rebuild holds hundreds of thousands of these: as strings and arrays of their own they would take three times the
/// room.
struct PackedContent {
    enum Field: Int, CaseIterable {
        case domain, summary, text, type
        /// JSON arrays.
        case keywords, links
    }

    private var bytes: [UInt8]
    /// Where each field ends.
    private var ends: (Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0)
    /// A JSON object; nil where there is none.
    private(set) var extra: String?

    init(_ content: MemoryContent) {
        bytes = []
        bytes.reserveCapacity(
            content.domain.utf8.count + content.summary.utf8.count + content.text.utf8.count
                + content.type.utf8.count + Self.room(content))
        Self.append(content.domain, to: &bytes)
        ends.0 = Int32(bytes.count)
        Self.append(content.summary, to: &bytes)
        ends.1 = Int32(bytes.count)
        Self.append(content.text, to: &bytes)
        ends.2 = Int32(bytes.count)
        Self.append(content.type, to: &bytes)
        ends.3 = Int32(bytes.count)
        MemoryColumns.append(content.keywords, to: &bytes)
        ends.4 = Int32(bytes.count)
        MemoryColumns.append(content.links, to: &bytes)
        extra = content.extra.isEmpty ? nil : JSONValue(content.extra).description
    }

    /// What lists take in JSON, roughly.
    private static func room(_ content: MemoryContent) -> Int {
        content.keywords.reduce(4) { $0 + $1.utf8.count + 3 }
            + content.links.reduce(4) { $0 + $1.type.utf8.count + ($1.key?.utf8.count ?? 0) + $1.term.utf8.count + 48 }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// The same apart from what has no field.
    func hasSameFields(as other: PackedContent) -> Bool { ends == other.ends && bytes == other.bytes }

    var byteCount: Int { bytes.count + (extra?.utf8.count ?? 0) }

    private func range(_ field: Field) -> Range<Int> {
        switch field {
        case .domain: 0..<Int(ends.0)
        case .summary: Int(ends.0)..<Int(ends.1)
        case .text: Int(ends.1)..<Int(ends.2)
        case .type: Int(ends.2)..<Int(ends.3)
        case .keywords: Int(ends.3)..<Int(ends.4)
        case .links: Int(ends.4)..<bytes.count
        }
    }

    /// The field's bytes, valid within the body.
    func withBytes<T>(of field: Field, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        let range = range(field)
        return try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Binds the fields up to the last one that is wanted, without copying them, and runs the statement.
    func run(_ statement: SQLiteStatement, bindingFrom first: Int32, _ last: Field = .links) throws {
        try bytes.withUnsafeBytes { all in
            for field in Field.allCases where field.rawValue <= last.rawValue {
                let range = range(field)
                statement.bind(
                    first + Int32(field.rawValue), borrowedText: UnsafeRawBufferPointer(rebasing: all[range]))
            }
            try statement.run()
        }
    }

    func links() throws -> [MemoryLink] { try withBytes(of: .links) { try MemoryColumns.links(json: $0) } }

    mutating func setLinks(_ links: [MemoryLink]) { replace(.links, MemoryColumns.json(links)) }

    mutating func apply(_ change: MemoryChange) {
        if let domain = change.domain { replace(.domain, Array(domain.utf8)) }
        if let summary = change.summary { replace(.summary, Array(summary.utf8)) }
        if let text = change.text { replace(.text, Array(text.utf8)) }
        if let type = change.type { replace(.type, Array(type.utf8)) }
        if let keywords = change.keywords { replace(.keywords, MemoryColumns.json(keywords)) }
        if let links = change.links { setLinks(links) }
    }

    private mutating func replace(_ field: Field, _ new: [UInt8]) {
        let range = range(field)
        let growth = Int32(new.count - range.count)
        bytes.replaceSubrange(range, with: new)
        if field.rawValue < 1 { ends.0 += growth }
        if field.rawValue < 2 { ends.1 += growth }
        if field.rawValue < 3 { ends.2 += growth }
        if field.rawValue < 4 { ends.3 += growth }
        if field.rawValue < 5 { ends.4 += growth }
    }

    /// The content in its parts.
    func unpacked() throws -> MemoryContent {
        MemoryContent(
            domain: text(.domain), summary: text(.summary), text: text(.text), type: text(.type),
            keywords: try withBytes(of: .keywords) { try MemoryColumns.keywords(json: $0) }, links: try links(),
            extra: try extra.map { try JSONParser.parse(Array($0.utf8)).object ?? [:] } ?? [:])
    }

    private func text(_ field: Field) -> String { withBytes(of: field) { String(decoding: $0, as: UTF8.self) } }
}
