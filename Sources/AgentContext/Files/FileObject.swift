import EventLog
import Foundation
import MemoryLedger

/// A place in a document: `$.sessions[2].messages[17].tokens`.
indirect enum FilePlace: CustomStringConvertible, Sendable {
    case document
    case member(FilePlace, String)
    case entry(FilePlace, Int)

    var description: String {
        switch self {
        case .document: "$"
        case .member(let outer, let name): "\(outer).\(name)"
        case .entry(let outer, let index): "\(outer)[\(index)]"
        }
    }

    /// What is wrong there; completes "The file is no agent's: `$.users` …".
    func fault(_ problem: String) -> AgentContextError {
        AgentContextError(
            .invalidAgentFile, "The file is no agent's: \(self) \(problem).", ["path": .string(description)])
    }
}

/// An object of a document. Who reads it names the members that it may have; others, and those that stand there twice,
/// are refused, since what is not read would be lost.
struct FileObject {
    let object: JSONObject
    let place: FilePlace

    init(_ value: JSONValue, at place: FilePlace, members: [String]) throws {
        guard let object = value.object else { throw place.fault("is an object, not \(value.kind)") }
        for (index, member) in object.members.enumerated() {
            guard members.contains(where: { $0.hasSameBytes(as: member.name) }) else {
                throw FilePlace.member(place, member.name).fault(
                    "is not known; it may be \(members.joined(separator: ", "))")
            }
            if object.members[..<index].contains(where: { $0.name.hasSameBytes(as: member.name) }) {
                throw FilePlace.member(place, member.name).fault("stands there twice")
            }
        }
        (self.object, self.place) = (object, place)
    }

    func at(_ name: String) -> FilePlace { .member(place, name) }
    func has(_ name: String) -> Bool { object[name] != nil }

    func member(_ name: String) throws -> JSONValue {
        guard let value = object[name] else { throw at(name).fault("is missing") }
        return value
    }

    func text(_ name: String, bytes: Int = ContextLimits.contentBytes) throws -> String {
        let value = try member(name)
        guard let text = value.string else { throw at(name).fault("is a string, not \(value.kind)") }
        guard text.utf8.count <= bytes else {
            throw at(name).fault("has at most \(bytes) bytes, not \(text.utf8.count)")
        }
        return text
    }

    /// A text that is not empty.
    func name(_ name: String, bytes: Int = ContextLimits.nameBytes) throws -> String {
        let text = try text(name, bytes: bytes)
        guard !text.isEmpty else { throw at(name).fault("is empty") }
        return text
    }

    func integer(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64 {
        let value = try member(name)
        guard let number = value.number else { throw at(name).fault("is a number, not \(value.kind)") }
        guard let integer = number.int64, range.contains(integer) else {
            throw at(name).fault("is a whole number, \(range.lowerBound) to \(range.upperBound), not \(number.text)")
        }
        return integer
    }

    func count(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        Int(try integer(name, Int64(range.lowerBound)...Int64(range.upperBound)))
    }

    func tokens(_ name: String = "tokens") throws -> Int { try count(name, 0...ContextLimits.tokens) }

    func flag(_ name: String) throws -> Bool {
        let value = try member(name)
        guard let flag = value.bool else { throw at(name).fault("is true or false, not \(value.kind)") }
        return flag
    }

    func time(_ name: String) throws -> Timestamp {
        let value = try member(name)
        if let milliseconds = value.number?.int64 { return Timestamp(milliseconds: milliseconds) }
        guard let time = value.string.flatMap(Timestamp.init(filed:)) else {
            throw at(name).fault("is a time in UTC with milliseconds, as 2026-11-20T20:49:17.000Z")
        }
        return time
    }

    /// It must be there, and may be null.
    func optionalTime(_ name: String) throws -> Timestamp? { try member(name).isNull ? nil : time(name) }

    /// Any object, of so many bytes.
    func anyObject(_ name: String) throws -> JSONObject {
        let value = try member(name)
        guard let object = value.object else { throw at(name).fault("is an object, not \(value.kind)") }
        try check(value, name)
        return object
    }

    /// What means something to others, of so many bytes.
    func check(_ value: JSONValue, _ name: String) throws {
        let bytes = value.compactBytes.count
        guard bytes <= ContextLimits.metadataBytes else {
            throw at(name).fault("has at most \(ContextLimits.metadataBytes) bytes, not \(bytes)")
        }
    }

    func array(_ name: String) throws -> [JSONValue] {
        let value = try member(name)
        guard let array = value.array else { throw at(name).fault("is a list, not \(value.kind)") }
        return array
    }

    /// Reads each entry of a list.
    func list<Entry>(_ name: String, _ read: (JSONValue, FilePlace) throws -> Entry) throws -> [Entry] {
        let list = at(name)
        return try array(name).enumerated().map { index, value in try read(value, .entry(list, index)) }
    }

    /// From base64; nil if it is missing.
    func bytes(_ name: String, atMost maximum: Int) throws -> [UInt8]? {
        guard has(name) else { return nil }
        guard let bytes = Data(base64Encoded: try text(name)) else { throw at(name).fault("is not base64") }
        guard bytes.count <= maximum else {
            throw at(name).fault("has at most \(maximum) bytes, not \(bytes.count)")
        }
        return [UInt8](bytes)
    }
}

extension FilePlace {
    /// Notes what may stand in a document once.
    func note(_ name: String, in names: inout Set<ByteText>) throws {
        guard names.insert(ByteText(name)).inserted else { throw fault("is another \(name); each stands there once") }
    }
}

extension Timestamp {
    /// RFC 3339, or milliseconds since 1970 of a time that it cannot write.
    var filed: JSONValue { Self.representable.contains(milliseconds) ? .string(rfc3339) : JSONValue(milliseconds) }

    /// As `rfc3339` writes it, and no other way, so that a time is always the same bytes.
    init?(filed text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.filedBytes else { return nil }
        func number(_ range: Range<Int>) -> Int64 {
            bytes[range].reduce(0) { $0 * 10 + Int64($1) - Int64(UInt8(ascii: "0")) }
        }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        // A civil date to days, after Howard Hinnant's "chrono-compatible low-level date algorithms".
        let years = month <= 2 ? year - 1 : year
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = years * 365 + years / 4 - years / 100 + years / 400 + ofYear - 719_468
        let seconds = days * 86_400 + number(11..<13) * 3_600 + number(14..<16) * 60 + number(17..<19)
        self.init(milliseconds: seconds * 1_000 + number(20..<23))
        // What is no digit, or no date, comes out otherwise.
        guard rfc3339.hasSameBytes(as: text) else { return nil }
    }

    private static let filedBytes = 24
}
