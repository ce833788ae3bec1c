import EventLog
import MerkleLog

/// Whether the events are those that were asked for, and all of them where that can be told.
enum EvidenceScope {
    static func check(_ event: CanonicalEvent, at position: Position, is selection: JSONObject) throws {
        let recordedAt = event.recordedAt.rfc3339
        let isAsked =
            fits(event.attribution.actor, selection["actor"])
            && fits(event.attribution.correlationID, selection["correlation_id"])
            && selection["since"]?.string.map { !recordedAt.precedesByBytes($0) } ?? true
            && selection["until"]?.string.map { !$0.precedesByBytes(recordedAt) } ?? true
        var isInside = true
        if let positions = try positions(selection) {
            isInside = positions.first <= position && position <= positions.last
        }
        guard isAsked, isInside else {
            throw Evidence.malformed("the event at position \(position) is none that was asked for")
        }
    }

    private static func fits(_ text: String?, _ asked: JSONValue?) -> Bool {
        guard let asked = asked?.string else { return true }
        return text?.hasSameBytes(as: asked) == true
    }

    private static func positions(_ selection: JSONObject) throws -> (first: Position, last: Position)? {
        guard let bounds = selection["positions"]?.array, bounds.count == 2 else { return nil }
        return (try EvidenceReader.whole(bounds[0], "positions"), try EvidenceReader.whole(bounds[1], "positions"))
    }

    static func checkCompleteness(_ reader: EvidenceReader, _ events: [CanonicalEvent]) throws {
        let given = Set(reader.selection.members.filter { !$0.value.isNull }.map { ByteText($0.name) })
            .intersection(["key", "actor", "correlation_id", "since", "until", "positions"].map { ByteText($0) })
        switch reader.completeness {
        case .notProvable: try checkRanges(reader, areEmpty: true)
        case .positions:
            try checkRanges(reader, areEmpty: true)
            guard given == [ByteText("positions")], let bounds = try positions(reader.selection),
                bounds.first == reader.events.first?.position, bounds.last == reader.events.last?.position,
                // They ascend, so their number tells.
                bounds.last - bounds.first == Int64(events.count - 1)
            else { throw Evidence.malformed("it does not have every position that it says it has") }
        case .versions:
            guard given == [ByteText("key")] else {
                throw Evidence.malformed("it says that streams are whole, and leaves out some of their events")
            }
            try checkVersions(reader, events)
        }
    }

    private static func checkRanges(_ reader: EvidenceReader, areEmpty: Bool) throws {
        guard reader.ranges.isEmpty == areEmpty else { throw Evidence.malformed("it has ranges that mean nothing") }
    }

    private static func checkVersions(_ reader: EvidenceReader, _ events: [CanonicalEvent]) throws {
        var versions: [StreamName: Set<StreamVersion>] = [:]
        for event in events { versions[event.stream, default: []].insert(event.version) }
        var covered: [StreamName: Set<StreamVersion>] = [:]
        for range in reader.ranges {
            let found = versions[range.stream] ?? []
            guard range.firstVersion >= 1, range.lastVersion >= range.firstVersion,
                range.lastVersion - range.firstVersion < Int64(Evidence.maximumEvents),
                (range.firstVersion...range.lastVersion).allSatisfy(found.contains)
            else {
                throw Evidence.malformed(
                    "it does not have versions \(range.firstVersion) to \(range.lastVersion) of \(range.stream)")
            }
            covered[range.stream, default: []].formUnion(range.firstVersion...range.lastVersion)
        }
        guard covered == versions else { throw Evidence.malformed("it has events of streams that were not asked for") }
        let key = try EvidenceReader.object(try EvidenceReader.member(reader.selection, "key"), "selection.key")
        let own = MemoryStream.name(
            MemoryKey(
                namespace: try EvidenceReader.text(key, "namespace"), key: try EvidenceReader.text(key, "key")))
        guard reader.ranges.contains(where: { $0.stream == own && $0.firstVersion == 1 }) else {
            throw Evidence.malformed("it does not begin with the first version of \(own)")
        }
    }
}
