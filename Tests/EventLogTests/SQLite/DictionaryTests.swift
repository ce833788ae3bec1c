import EventLog
import EventLogTesting
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

/// Goal: events compressed with a dictionary are readable by every log on the file, and a damaged dictionary harms only
/// them.
/// Method: logs with dictionaries are reopened, read by a log that was open before, and changed past the triggers.
@Suite struct DictionaryTests {
    private static func payload(_ index: Int) -> [UInt8] {
        Array("{\"key\":\"k\(index)\",\"domain\":\"physics\",\"summary\":\"observed about item \(index * 7919)\"}".utf8)
    }

    private static func trained() throws -> [UInt8] {
        var trainer = DictionaryTrainer()
        for index in 0..<2_000 { trainer.add(payload(index)) }
        return try #require(trainer.train(size: 4_096))
    }

    private func codecs(_ path: String) throws -> [Int64] {
        let raw = try RawSQLite(path)
        let rows = try raw.sqlite.statement("SELECT codec FROM events ORDER BY position")
        var codecs: [Int64] = []
        while try rows.step() { codecs.append(rows.int64(0)) }
        return codecs
    }

    @Test func eventsUseTheNewestDictionaryAndStayReadable() async throws {
        let file = try LogFile()
        let payloads = (0..<30).map(Self.payload)
        let early = try file.open()
        let log = try file.open()
        _ = try await log.append(to: "s", payloads[0..<10].map { file.event($0) })
        let first = try await log.addDictionary(Self.trained())
        #expect(first.number == 1 && first.addedAtPosition == 10 && first.addedAt == file.clock.now())
        #expect(first.sha256.count == 64 && first.sizeBytes <= 4_096)
        _ = try await log.append(to: "s", payloads[10..<20].map { file.event($0) })
        let second = try await log.addDictionary(Array("another dictionary: ".utf8) + Self.trained())
        #expect(second.number == 2 && second.addedAtPosition == 20)
        _ = try await log.append(to: "s", payloads[20..<30].map { file.event($0) })

        #expect(try codecs(file.path) == (0..<30).map { $0 < 10 ? 0 : $0 < 20 ? 2 : 3 })
        // `early` has loaded none of them; a log opened later has loaded both.
        let late = try file.open(.test(.readOnly))
        for reader in [early, log, late] {
            #expect(try await reader.all().map(\.payload) == payloads)
            #expect(try await reader.all(.all, .backwards).map(\.payload) == payloads.reversed())
            #expect(try await reader.dictionaryInfos() == [first, second])
        }
        for log in [early, log, late] { await log.close() }
    }

    @Test(arguments: [0, 1, 63, 65_537, 1 << 20])
    func aDictionaryOfTheWrongSizeIsRefused(size: Int) async throws {
        let file = try LogFile()
        let log = try file.open()
        let code: EventLogError.Code = size < 64 ? .invalidArgument : .limitExceeded
        await expectError(code) { _ = try await log.addDictionary([UInt8](repeating: 1, count: size)) }
        #expect(try await log.dictionaryInfos().isEmpty)
        await log.close()
    }

    @Test(arguments: [
        "UPDATE dictionaries SET bytes = zeroblob(length(bytes)) WHERE number = 1",
        "DELETE FROM dictionaries WHERE number = 1",
        "UPDATE dictionaries SET sha256 = 'none' WHERE number = 1",
        "UPDATE dictionaries SET bytes = x'' WHERE number = 1",
        "UPDATE dictionaries SET bytes = zeroblob(1000000) WHERE number = 1",
    ])
    func aDamagedDictionaryHarmsOnlyItsEvents(damage: String) async throws {
        let file = try LogFile()
        let payloads = (0..<9).map(Self.payload)
        let writer = try file.open()
        for part in 0..<3 {
            _ = try await writer.append(to: "s", payloads[part * 3..<part * 3 + 3].map { file.event($0) })
            if part < 2 { _ = try await writer.addDictionary(Array("number \(part) ".utf8) + Self.trained()) }
        }
        await writer.close()
        try RawSQLite.damage(file.path, damage)
        let log = try file.open()
        for position in 1...Position(9) {
            let query = EventQuery(from: position - 1, limit: 1)
            guard (4...6).contains(position) else {
                #expect(try await log.read(query).events.map(\.payload) == [payloads[Int(position) - 1]])
                continue
            }
            let error = await expectError(.damagedPayload) { _ = try await log.read(query) }
            #expect(error?.position == position)
        }
        #expect(try await log.append(to: "s", [file.event(Self.payload(9))]).positions == [10])
        #expect(try await log.read(EventQuery(from: 9)).events.map(\.payload) == [Self.payload(9)])
        await log.close()
    }
}
