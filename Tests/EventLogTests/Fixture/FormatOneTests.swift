import CLedgerShims
import EventLog
import EventLogTesting
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

/// Goal: a ledger of format 1 is readable for ever, in every way, and goes on.
/// Method: a file written by the first version, in a copy, is compared event by event with what was given to it.
@Suite struct FormatOneTests {
    @Test func everyEventIsAsItWasGiven() async throws {
        let folder = try TestFolder()
        let expected = try FormatOne.events()
        #expect(expected.count == 120)
        let log = try SQLiteEventLog(path: FormatOne.copy(folder), options: .test(.readOnly), clock: FixedClock())
        #expect(try await log.all() == expected)
        #expect(try await log.all(.all, .backwards, limit: 7) == expected.reversed())
        for event in expected { #expect(try await log.event(id: event.id) == event) }
        for stream in Set(expected.map(\.stream)) {
            let events = expected.filter { $0.stream == stream }
            #expect(try await log.version(of: stream) == StreamVersion(events.count))
            #expect(try await log.readStream(stream, limit: 1_000).events == events)
        }
        let filters = [
            EventFilter(types: ["Measured"]), EventFilter(actor: "agent 2"), EventFilter(correlationID: "request 9"),
            EventFilter(streamPrefix: "note/"), EventFilter(recordedFrom: expected[50].recordedAt),
        ]
        for filter in filters { #expect(try await log.all(filter) == expected.filter(filter.matches), "\(filter)") }
        #expect(try await log.dictionaryInfos().map(\.addedAtPosition) == [60])
        await log.close()
    }

    @Test func itHoldsEveryWayOfStoringAPayload() throws {
        let raw = try RawSQLite(FormatOne.copy(TestFolder()))
        #expect(try raw.sqlite.integer("PRAGMA user_version") == 1)
        for codec in 0...2 {
            #expect(try raw.sqlite.integer("SELECT count(*) FROM events WHERE codec = \(codec)") ?? 0 > 3)
        }
        #expect(try raw.sqlite.integer("SELECT count(*) FROM segments") == 2)
        #expect(try raw.sqlite.integer("SELECT max(last_position) FROM segments") == 90)
    }

    @Test func itTakesNewEventsAndRecognisesOldOnes() async throws {
        let folder = try TestFolder()
        let expected = try FormatOne.events()
        let log = try SQLiteEventLog(path: FormatOne.copy(folder), options: .test(.readWrite), clock: FixedClock())
        let old = expected[70]
        let again = NewEvent(id: old.id, type: old.type, schemaVersion: 1, payload: old.payload)
        let repetition = try await log.append(to: old.stream, [again])
        #expect(repetition == AppendResult(positions: [71], versions: [old.version], isRepetition: true))
        let new = NewEvent(id: EventID(high: .max, low: 1), type: "New", payload: [1])
        let result = try await log.append(to: "note/long", .atVersion(64), [new])
        #expect(result.positions == [121] && result.versions == [65])
        #expect(try await log.all().dropLast() == expected[...])
        await log.close()
    }
}

/// Goal: events of old schema versions are read as the newest, step by step, and what cannot be lifted names its place.
/// Method: the fixture's notes of versions 1, 2 and 3 through a chain of two upcasters; one old payload is replaced.
@Suite struct UpcastingTests {
    @Test func oldVersionsAreLiftedStepByStep() async throws {
        let folder = try TestFolder()
        let log = try SQLiteEventLog(path: FormatOne.copy(folder), options: .test(.readOnly), clock: FixedClock())
        var lifted: [Int: Int] = [:]
        for try await event in log.events() {
            let new = try FormatOne.upcasters.upcast(event)
            guard event.type == "NoteTaken" else {
                #expect(new == event)
                continue
            }
            lifted[event.schemaVersion, default: 0] += 1
            let parts = String(decoding: new.payload, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(new.schemaVersion == 3 && parts.count == 3)
            #expect(parts[0] == (event.schemaVersion == 3 ? "fr" : "en"))
            #expect(parts[1] == "Note \(event.position - 1)")
            #expect(parts[2].isEmpty == (event.schemaVersion != 2))
            #expect(new.position == event.position && new.id == event.id && new.attribution == event.attribution)
        }
        #expect(lifted.count == 3 && lifted.values.allSatisfy { $0 > 5 })
        await log.close()
    }

    @Test func anOldPayloadThatDoesNotLiftNamesItsPosition() async throws {
        let folder = try TestFolder()
        let path = try FormatOne.copy(folder)
        let bad = Array("nothing".utf8)
        let checksum = bad.withUnsafeBytes { memledger_crc32c($0.baseAddress, $0.count) }
        try RawSQLite.damage(
            path,
            """
            UPDATE events SET payload = CAST('nothing' AS BLOB), codec = 0, size = 7, checksum = \(checksum)
            WHERE position = 4
            """)
        let log = try SQLiteEventLog(path: path, options: .test(.readOnly), clock: FixedClock())
        var unreadable: [Position] = []
        for try await event in log.events() {
            do {
                _ = try FormatOne.upcasters.upcast(event)
            } catch let error as EventLogError {
                #expect(error.code == .damagedPayload && error.position == event.position)
                unreadable.append(event.position)
            }
        }
        #expect(unreadable == [4])
        await log.close()
    }

    @Test func withoutUpcastersEventsStayAsTheyAre() throws {
        #expect(UpcasterChain().isEmpty && !FormatOne.upcasters.isEmpty)
        for event in try FormatOne.events() { #expect(try UpcasterChain().upcast(event) == event) }
    }
}
