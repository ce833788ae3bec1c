import EventLog
import Foundation
import Testing

/// The fixture of format 1: 120 events, two segments and a tail, compressed in every way.
enum FormatOne {
    /// A copy of the ledger, in the test's own folder.
    static func copy(_ folder: TestFolder) throws -> String { try folder.copyOfFixture("format-1.sqlite") }

    /// What the ledger must answer, read from the text beside it.
    static func events() throws -> [RecordedEvent] {
        let folder = try TestFolder()
        let text = try String(contentsOfFile: folder.copyOfFixture("format-1.tsv"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            try #require(fields.count == 12)
            let numbers = fields.map { Int64($0) ?? -1 }
            let labels = fields.map { $0.isEmpty ? nil : $0 }
            return RecordedEvent(
                position: numbers[0], stream: StreamName(fields[1]), version: numbers[2],
                type: EventType(fields[3]), schemaVersion: Int(numbers[4]), id: try #require(EventID(fields[5])),
                recordedAt: Timestamp(milliseconds: numbers[6]), occurredAt: Timestamp(milliseconds: numbers[7]),
                attribution: Attribution(actor: labels[8], correlationID: labels[9], causationID: labels[10]),
                payload: try bytes(fields[11]))
        }
    }

    private static func bytes(_ hex: String) throws -> [UInt8] {
        let digits = Array(hex)
        return try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
    }

    /// Lifts notes: 1 → 2 adds an empty body, 2 → 3 the language.
    static let upcasters = UpcasterChain([
        Upcaster("NoteTaken", from: 1) { payload in
            guard !payload.contains(10), payload.starts(with: Array("Note ".utf8)) else { throw NotANote() }
            return payload + [10]
        },
        Upcaster("NoteTaken", from: 2) { payload in
            guard payload.filter({ $0 == 10 }).count == 1 else { throw NotANote() }
            return Array("en\n".utf8) + payload
        },
    ])

    struct NotANote: Error {}
}
