import EventLog

/// A line of an export: an event, or what says where the export begins and ends. `Schemas/EXPORT.md` is the contract.
enum ExportLine {
    /// An export of this form begins; a line of `end` follows.
    case begin
    case event(EventLine)
    /// The export ends; it has written so many events.
    case end(events: Int)

    private static let beginName = "export_begin"
    private static let endName = "export_end"
    private static let form = "memory-ledger-events"
    private static let version: Int64 = 1

    // MARK: Writing

    /// - Parameters:
    ///   - position: The export begins after it.
    ///   - last: Where it ends.
    static func begin(after position: Position, through last: Position) -> [UInt8] {
        line(
            beginName,
            [
                "format": .string(form), "version": JSONValue(version), "after": JSONValue(position),
                "through": JSONValue(last),
            ])
    }

    static func end(_ report: EventExportReport) -> [UInt8] {
        line(
            endName,
            [
                "events": JSONValue(report.events),
                "first_position": report.firstPosition.map { JSONValue($0) } ?? .null,
                "last_position": report.lastPosition.map { JSONValue($0) } ?? .null,
            ])
    }

    private static func line(_ name: String, _ value: JSONValue) -> [UInt8] {
        JSONValue.object(JSONObject([.init(name: name, value: value)])).compactBytes + [UInt8(ascii: "\n")]
    }

    // MARK: Reading

    /// - Throws: `EventLine.Fault` where it is none of the three.
    init(_ bytes: [UInt8], of events: EventCatalogue) throws {
        let object = try EventLine.object(bytes)
        if object.count == 1, let begin = object[Self.beginName] {
            guard begin["format"]?.string == Self.form, let version = begin["version"]?.number?.int64 else {
                throw EventLine.Fault("it begins an export of another kind")
            }
            guard version <= Self.version else {
                throw EventLine.Fault(
                    .newerEvent, "it begins an export of form \(version), and this program reads \(Self.version)")
            }
            self = .begin
        } else if object.count == 1, let end = object[Self.endName] {
            guard let events = end["events"]?.number?.int64, events >= 0 else {
                throw EventLine.Fault("it ends an export and does not say how many events that has")
            }
            self = .end(events: Int(clamping: events))
        } else {
            self = .event(try EventLine(object, of: events))
        }
    }
}

/// An export whose lines are not all there.
public struct IncompleteExport: Hashable, Sendable {
    /// Events of it that were found.
    public var events: Int
    /// Events that it says it has; nil where it was cut off before it says so.
    public var stated: Int?
    /// The line at which that was noticed.
    public var line: Int

    /// `{"events", "stated", "line"}`.
    public var json: JSONValue {
        ["events": JSONValue(events), "stated": stated.map { JSONValue($0) } ?? .null, "line": JSONValue(line)]
    }
}

/// Counts the events of exports against what their last lines say. Exports may follow one another in one file, and
/// those of older versions say nothing.
struct ExportTally {
    private(set) var incomplete: [IncompleteExport] = []
    private var events = 0
    /// An export has begun, and not ended.
    private(set) var isOpen = false

    mutating func begin(line: Int) {
        finish(line: line)
        (events, isOpen) = (0, true)
    }

    mutating func count() { events += 1 }

    mutating func end(stated: Int, line: Int) {
        // Without a beginning the first lines are gone, which the count tells.
        if events != stated { note(IncompleteExport(events: events, stated: stated, line: line)) }
        (events, isOpen) = (0, false)
    }

    /// Another export begins, or the file ends.
    mutating func finish(line: Int) {
        if isOpen { note(IncompleteExport(events: events, stated: nil, line: line)) }
        isOpen = false
    }

    private mutating func note(_ export: IncompleteExport) {
        if incomplete.count < EventImportReport.maximumIncomplete { incomplete.append(export) }
    }
}
