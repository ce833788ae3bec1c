public import EventLog

/// The streams of a module: `$<module>:<namespace>/<id>`, one for each subject.
///
/// The namespace is written as in the streams of memories. What protects a namespace, protects these streams, too.
///
///     let tasks = StreamFamily("tasks")
///     let stream = tasks.stream("work", "t-7")  // $tasks:work/t-7
public struct StreamFamily: Hashable, Sendable {
    public let module: String

    /// The module whose streams are called otherwise: `<namespace>/<key>`.
    static let memories = "memories"

    /// - Parameter module: the module's name, a word.
    public init(_ module: String) { self.module = module }

    /// The stream of a subject.
    public func stream(_ namespace: String, _ id: String) -> StreamName {
        StreamName(family: module, namespace: namespace, id: id)
    }

    /// The namespace and the id of a stream's subject; nil if the stream is none of the family.
    public func subject(_ stream: StreamName) -> MemoryKey? {
        guard has(stream) else { return nil }
        let rest = stream.rawValue.utf8.dropFirst(prefix.utf8.count)
        return MemoryStream.memory(StreamName(String(decoding: rest, as: UTF8.self)))
    }

    /// The stream is one of the family.
    package func has(_ stream: StreamName) -> Bool {
        var bytes = stream.rawValue.utf8.makeIterator()
        guard bytes.next() == UInt8(ascii: "$") else { return false }
        for byte in module.utf8 where bytes.next() != byte { return false }
        return bytes.next() == UInt8(ascii: ":")
    }

    private var prefix: String { "$\(module):" }

    /// The module of a stream's name; nil if it is none of a module's.
    static func name(of stream: StreamName) -> String? { stream.module }

    /// The namespace and the id of the subject that a stream is of: a memory's, or that of any module.
    static func anySubject(_ stream: StreamName) -> MemoryKey? {
        guard let name = name(of: stream) else { return MemoryStream.memory(stream) }
        return StreamFamily(name).subject(stream)
    }

    /// The namespace of a stream's subject; nil for the streams of the ledger as a whole.
    package static func namespace(of stream: StreamName) -> String? { anySubject(stream)?.namespace }

    static func isWord(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
