import MemoryLedger

/// Writes a document piece by piece: each entry of a list on a line of its own, all else without blanks.
final class AgentFileWriter {
    private let sink: ([UInt8]) throws -> Void
    private var bytes: [UInt8] = []
    private var written = 0
    /// Something stands before what comes next.
    private var needsComma = false

    private static let bufferBytes = 1 << 16

    init(_ sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

    var writtenBytes: Int { written + bytes.count }

    /// Begins the document, or an entry of a list, with its first members; lists may follow.
    func begin(_ head: JSONObject) throws {
        if writtenBytes > 0 { try beginLine() }
        bytes += JSONValue.object(head).compactBytes.dropLast()
        needsComma = !head.isEmpty
    }

    func member(_ name: String, _ value: JSONObject) throws {
        try beginMember(name)
        bytes += JSONValue.object(value).compactBytes
        needsComma = true
    }

    /// A member whose entries the body writes.
    func list(_ name: String, _ body: () throws -> Void) throws {
        try beginMember(name)
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        try body()
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    func entry(_ value: JSONValue) throws {
        try beginLine()
        bytes += value.compactBytes
        needsComma = true
    }

    func end() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Ends the document.
    func finish() throws {
        bytes.append(UInt8(ascii: "\n"))
        try flush()
    }

    private func beginMember(_ name: String) throws {
        try beginLine()
        bytes += JSONValue.string(name).compactBytes
        bytes.append(UInt8(ascii: ":"))
    }

    private func beginLine() throws {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        if bytes.count >= Self.bufferBytes { try flush() }
        bytes.append(UInt8(ascii: "\n"))
    }

    private func flush() throws {
        try sink(bytes)
        written += bytes.count
        bytes.removeAll(keepingCapacity: true)
    }
}
