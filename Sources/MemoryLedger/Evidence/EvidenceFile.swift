import EventLog
import LedgerCapabilities
import MerkleLog

/// Where the JSON stands in a file of evidence.
package enum EvidenceFile {
    static let startMarker = Array(#"<script type="application/json" id="memory-ledger-evidence">"#.utf8)
    static let endMarker = Array("</script>".utf8)

    /// True where the file is meant to be evidence.
    package static func isEvidence(_ bytes: [UInt8]) -> Bool { !starts(in: bytes, atMost: 1).isEmpty }

    /// The JSON.
    ///
    /// - Throws: `EventLogError.malformedProof` where it is not there exactly once.
    package static func json(in bytes: [UInt8]) throws -> ArraySlice<UInt8> {
        let found = starts(in: bytes, atMost: 2)
        guard let start = found.first, found.count == 1 else {
            throw Evidence.malformed(
                "the element memory-ledger-evidence is in it \(found.isEmpty ? "nowhere" : "more than once")")
        }
        let begin = start + startMarker.count
        guard begin < bytes.count, bytes[begin] == UInt8(ascii: "\n") else {
            throw Evidence.malformed("no line break follows the beginning of its data")
        }
        // No `<` stands in the JSON, so the first one must begin the end.
        guard let end = bytes[begin...].firstIndex(of: UInt8(ascii: "<")), bytes[end...].starts(with: endMarker) else {
            throw Evidence.malformed("its data does not end in </script>")
        }
        return bytes[(begin + 1)..<end]
    }

    private static func starts(in bytes: [UInt8], atMost limit: Int) -> [Int] {
        var found: [Int] = []
        var index = bytes.startIndex
        while found.count < limit, let next = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            if bytes[next...].starts(with: startMarker) { found.append(next) }
            index = next + 1
        }
        return found
    }
}

extension Evidence {
    /// The whole file.
    ///
    /// - Throws: `EventLogError.limitExceeded` beyond `maximumFileBytes`; `damagedPayload` where an event's body is not
    ///   what its type says.
    public func fileBytes() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try EvidencePage(self).writeBeginning(into: &bytes)
        bytes += EvidenceFile.startMarker
        bytes.append(UInt8(ascii: "\n"))
        try writeJSON(into: &bytes)
        bytes += EvidenceFile.endMarker
        bytes += Array("\n</body>\n</html>\n".utf8)
        guard bytes.count <= Self.maximumFileBytes else {
            throw Self.limit(
                "Evidence.maximumFileBytes", allowed: Self.maximumFileBytes, found: bytes.count,
                what: "The size of the file in bytes")
        }
        return bytes
    }

    private func writeJSON(into bytes: inout [UInt8]) throws {
        var head = [UInt8]()
        JSONWriter.write(.object(JSONObject(headMembers)), into: &head)
        head.removeLast()
        bytes.append(escaping: head)
        bytes += Array(",\n\"nodes\":[".utf8)
        for (index, node) in nodes.enumerated() {
            bytes += Array("\(index > 0 ? ",\n" : "\n")\"\(StrictBase64.encode(node.bytes))\"".utf8)
        }
        bytes += Array("],\n\"rotations\":[".utf8)
        for (index, entry) in rotations.enumerated() {
            bytes += Array(index > 0 ? ",\n".utf8 : "\n".utf8)
            bytes.append(escaping: JSONValue.object(JSONObject(Self.members(entry))).compactBytes)
        }
        bytes += Array("],\n\"events\":[".utf8)
        for (index, (entry, event)) in zip(entries, events).enumerated() {
            bytes += Array(index > 0 ? ",\n".utf8 : "\n".utf8)
            bytes.append(escaping: try json(entry, event).compactBytes)
        }
        bytes += Array("]}\n".utf8)
    }

    private var headMembers: [JSONObject.Member] {
        let counts = counts
        return [
            .init(name: "format", value: .string(Self.format)),
            .init(name: "ledger_id", value: .string(ledger.description)),
            .init(name: "origin", value: .string(checkpoint.checkpoint.origin)),
            .init(name: "selection", value: selection.json),
            .init(name: "completeness", value: .string(completeness.rawValue)),
            .init(name: "ranges", value: .array(ranges.map(\.json))),
            .init(name: "made_at", value: .string(madeAt.rfc3339)),
            .init(
                name: "made_by",
                value: [
                    "program": "memledger", "version": .string(memoryLedgerVersion), "name": JSONValue(optional: maker),
                ]),
            .init(
                name: "counts",
                value: [
                    "events": JSONValue(counts.events), "erased": JSONValue(counts.erased),
                    "locked": JSONValue(counts.locked), "decrypted": JSONValue(counts.decrypted),
                    "after_checkpoint": JSONValue(eventsAfterCheckpoint),
                ]),
            .init(name: "checkpoint", value: .string(String(decoding: checkpoint.bytes, as: UTF8.self))),
            .init(name: "verifier_keys", value: .array(verifierKeys.map { .string($0.description) })),
        ]
    }

    private static func members(_ entry: ProvedEvents.Entry) -> [JSONObject.Member] {
        [
            .init(name: "position", value: JSONValue(entry.position)),
            .init(name: "entry", value: .string(StrictBase64.encode(entry.bytes))),
            .init(name: "proof", value: .array(entry.proof.map { JSONValue($0) })),
        ]
    }

    private func json(_ entry: ProvedEvents.Entry, _ event: RecordedEvent) throws -> JSONValue {
        let form = try CanonicalEvent(entry.bytes).payloadForm
        return .object(
            JSONObject(
                Self.members(entry) + [
                    .init(name: "form", value: .string(form.name)),
                    .init(name: "event", value: try catalogue.json(of: event)),
                ]))
    }
}

extension Evidence.StreamRange {
    package var json: JSONValue {
        [
            "stream": .string(stream.rawValue), "first_version": JSONValue(firstVersion),
            "last_version": JSONValue(lastVersion),
        ]
    }
}

extension CanonicalEvent.PayloadForm {
    var name: String {
        switch self {
        case .plain: "plain"
        case .encrypted: "encrypted"
        case .unreadable: "unreadable"
        }
    }
}

extension [UInt8] {
    /// Appends JSON in which `<`, which stands in strings alone, is written `\u003c`.
    fileprivate mutating func append(escaping json: [UInt8]) {
        for piece in json.split(separator: UInt8(ascii: "<"), omittingEmptySubsequences: false).enumerated() {
            if piece.offset > 0 { self += Array(#"\u003c"#.utf8) }
            self += piece.element
        }
    }
}
