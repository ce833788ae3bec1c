import EventLog
import Testing

@testable import MemoryLedger

/// Goal: no line of an export imports anything but what it shows. Method: ledgers with every type of event, and with
/// much by chance, are exported; their lines are imported with the payload, with the data, and with both; each line's
/// data is altered in each place.
@Suite struct EventBodyTests {
    private static func objects(_ ledger: MemoryLedger) async throws -> [JSONObject] {
        var lines: [JSONObject] = []
        try await ledger.exportEvents { lines.append(try #require(try JSONParser.parse($0).object)) }
        return Array(lines.dropFirst().dropLast())
    }

    private static func everything() async throws -> [JSONObject] {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        try await test.ledger.update("a", MemoryChange(text: "nonsense"))
        let last = try #require(try await test.ledger.events().last)
        try await test.ledger.undo(test.ledger.planUndo(.events([last.id])))
        try await test.ledger.delete("a")
        let deletion = try #require(try await test.ledger.events().last)
        try await test.ledger.undo(test.ledger.planUndo(.events([deletion.id])))
        let objects = try await objects(test.ledger)
        await test.ledger.close()
        return objects
    }

    /// The digest of what the lines make of an empty ledger.
    private static func digest(_ objects: [JSONObject]) async throws -> [String: String] {
        let test = try await TestLedger.open()
        let lines = objects.map { JSONValue.object($0).compactBytes + [UInt8(ascii: "\n")] }
        try await test.ledger.importEvents(AsyncStream(lines))
        let digest = try await test.ledger.digest().tables
        await test.ledger.close()
        return digest
    }

    private static func without(_ name: String, _ objects: [JSONObject]) -> [JSONObject] {
        objects.map { object in
            // The cells of legacy rows are not told apart in what is shown.
            guard name == "data" || object["type"] != "LegacyRowImported" else { return object }
            var object = object
            object.remove(name)
            return object
        }
    }

    /// What a tool makes of it that sorts members and writes numbers its own way.
    private static func rewritten(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let number):
            JSONNumber(text: number.text + (number.text.contains(".") ? "00" : ".0")).map { .number($0) } ?? value
        case .array(let values): .array(values.map { rewritten($0) })
        case .object(let object):
            .object(
                JSONObject(
                    object.members.sorted { $0.name.precedesByBytes($1.name) }
                        .map { .init(name: $0.name, value: rewritten($0.value)) }))
        default: value
        }
    }

    @Test func eitherHalfOfALineIsEnough() async throws {
        let objects = try await Self.everything()
        #expect(Set(objects.compactMap { $0["type"]?.string }).count == EveryEvent.types.count)
        let whole = try await Self.digest(objects)
        #expect(try await Self.digest(Self.without("data", objects)) == whole)
        #expect(try await Self.digest(Self.without("payload", objects)) == whole)
        let rewritten = objects.map { object in
            var object = object
            object["data"] = object["data"].map { Self.rewritten($0) }
            return object
        }
        #expect(try await Self.digest(rewritten) == whole)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func eitherHalfIsEnoughByChance(seed: UInt64) async throws {
        let test = try await RandomLedger.make(seed: seed, events: 120)
        let objects = try await Self.objects(test.ledger)
        await test.ledger.close()
        let whole = try await Self.digest(objects)
        #expect(try await Self.digest(Self.without("data", objects)) == whole)
        #expect(try await Self.digest(Self.without("payload", objects)) == whole)
    }

    /// Every value of a document replaced by another one, and every member taken away, one at a time.
    private static func alterations(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .null: [1]
        case .bool(let value): [.bool(!value)]
        case .number(let number):
            [.string(number.text)]
                + [JSONNumber(text: number.text + (number.text.contains(".") ? "1" : ".5"))]
                .compactMap { $0.map { .number($0) } }
        case .string(let text): [.string(text + "e\u{301}"), .null]
        case .array(let values):
            values.indices.flatMap { index in
                alterations(values[index]).map { other in
                    var values = values
                    values[index] = other
                    return .array(values)
                }
            } + [.array(values + ["more"])]
        case .object(let object):
            object.members.flatMap { member -> [JSONValue] in
                var less = object
                less.remove(member.name)
                return alterations(member.value).map { other in
                    var altered = object
                    altered[member.name] = other
                    return .object(altered)
                } + [.object(less)]
            } + [.object(JSONObject(object.members + [.init(name: "more", value: true)]))]
        }
    }

    @Test func whatShowsAnotherThingIsRefused() async throws {
        var tried = 0
        for object in try await Self.everything() {
            #expect(throws: Never.self) { _ = try EventLine(object, of: .builtIn) }
            for altered in Self.alterations(try #require(object["data"])) where !altered.isNull {
                var object = object
                object["data"] = altered
                tried += 1
                let fault = #expect(throws: EventLine.Fault.self, "\(object)") {
                    _ = try EventLine(object, of: .builtIn)
                }
                #expect(fault?.reason.contains("do not say the same") == true)
            }
        }
        #expect(tried > 500)
    }

    private static let base = JSONObject([
        .init(name: "stream", value: "mem/tea"), .init(name: "type", value: "MemoryRenamed"),
        .init(name: "event_id", value: "0199c2a8-1c00-7abc-8def-0123456789ab"),
    ])

    private static let wrong: [([(String, JSONValue)], String)] = [
        ([("data", ["new_key": 7])], "`new_key` is not a string"), ([("data", "x")], "`data` is an object"),
        ([("data", ["new_key": "n", "more": 1])], "one too many"),
        ([("payload", "CgFu"), ("erased", true), ("data", ["new_key": "n"])], "it is erased, and shows"),
        ([("erased", true)], "holds the ciphertext"),
        ([("payload", "CgFu"), ("erased", 1)], "`erased` is true or false"),
        ([("payload", "CgFu"), ("locked", true)], "it is locked"),
        ([("payload", "CgFu"), ("data", ["$unknown": "CgFv"])], "do not say the same"),
        ([("payload", "CgFu"), ("stream", "mem/other")], "`stream` stands in it twice"),
        (
            [("payload", "CgFu"), ("occurred_at", "2026-01-23T00:00:00.000Z"), ("occurred_at_ms", 7)],
            "are not the same time"
        ),
        ([("payload", "CgFu"), ("schema_version", 2)], "it is a MemoryRenamed of schema version 2"),
    ]

    @Test(arguments: wrong)
    func aLineThatContradictsItselfIsRefused(members: [(String, JSONValue)], reason: String) throws {
        let object = JSONObject(Self.base.members + members.map { .init(name: $0.0, value: $0.1) })
        let fault = #expect(throws: EventLine.Fault.self) { _ = try EventLine(object, of: .builtIn) }
        #expect(fault?.reason.contains(reason) == true, "\(fault?.reason ?? "")")
    }

    @Test func whatIsNotKnownIsTakenByItsBytesAlone() throws {
        var object = Self.base
        object["type"] = "Unheard"
        object["data"] = ["$unknown": "AQL/"]
        #expect(try EventLine(object, of: .builtIn).event.payload == [1, 2, 255])
        object["payload"] = "AQL/"
        #expect(try EventLine(object, of: .builtIn).event.payload == [1, 2, 255])
        object["data"] = ["text": "shown"]
        let fault = #expect(throws: EventLine.Fault.self) { _ = try EventLine(object, of: .builtIn) }
        #expect(fault?.reason.contains("does not know Unheard") == true)
        object["payload"] = nil
        #expect(throws: EventLine.Fault.self) { _ = try EventLine(object, of: .builtIn) }
        // An older program, which did not know the type, wrote this.
        object["type"] = "MemoryRenamed"
        (object["payload"], object["data"]) = ("CgFu", ["$unknown": "CgFu"])
        #expect(try EventLine(object, of: .builtIn).event.payload == [10, 1, 110])
    }

    @Test func numbersAreComparedByWhatTheyAreWorth() throws {
        let same = [("1", "1.0"), ("1e3", "1000"), ("0.5", "5E-1"), ("-0", "-0.0"), ("1200", "12e2"), ("0", "0e7")]
        let different = [
            ("1", "2"), ("0", "-0"), ("9007199254740993", "9007199254740992"), ("1", "10"), ("0.1", "0.01"),
            ("1e400", "1e500"), ("1e99999999999999999999", "1e99999999999999999998"),
        ]
        for (left, right) in same { #expect(try JSONValue(parsing: left).isSame(as: JSONValue(parsing: right))) }
        for (left, right) in different { #expect(try !JSONValue(parsing: left).isSame(as: JSONValue(parsing: right))) }
    }
}
