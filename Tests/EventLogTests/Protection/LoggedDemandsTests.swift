import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

/// Goal: what a log's own events demand holds however they come, and if one cannot be read the log says how to go on.
/// Method: events that protect are appended like any others, with and without a master key; events of the log's own
/// streams are damaged past the triggers, and the log is opened again.
@Suite struct LoggedDemandsTests {
    private func options(_ key: MasterKey?) -> LedgerFileOptions {
        var options = LedgerFileOptions.test()
        options.masterKey = key
        return options
    }

    private func protection(_ file: LogFile) throws -> NewEvent {
        try NamespaceProtection(namespace: "people").newEvent(id: file.event([]).id)
    }

    @Test func anEventThatProtectsIsEnoughToProtect() async throws {
        let file = try LogFile()
        let log = try file.open(options(.test))
        let other = try file.open(options(.test))
        _ = try await other.append(to: "people/ada", [file.event([1])])
        for _ in 0..<2 { _ = try await log.append(to: NamespaceProtection.stream, [protection(file)]) }
        _ = try await log.append(to: "people/ada", [file.event([2])])
        _ = try await other.append(to: "people/ada", [file.event([3])])
        #expect(try await log.read(EventQuery(limit: 9)).events.map(\.protection.key) == [nil, nil, nil, 1, 1])
        #expect(try log.protectedCategories().map(\.value) == [2])
        #expect(try await log.verify(deep: true).damages == [])
        await expectError(.alreadyProtected, "protecting again") {
            _ = try await log.protect("people", saying: protection(file))
        }
        await log.close()
        await other.close()
    }

    @Test func withoutAMasterKeyNothingCanBeProtected() async throws {
        let file = try LogFile()
        let log = try file.open()
        await expectError(.masterKeyMissing, "an event that protects") {
            _ = try await log.append(to: NamespaceProtection.stream, [protection(file)])
        }
        #expect(try await log.head() == 0 && log.protectedCategories().isEmpty)
        _ = try await log.append(to: "people/ada", [file.event([1])])
        #expect(try await log.verify(deep: true).damages == [])
        await log.close()
    }

    /// It may have demanded actors, so they are demanded, until a later event says otherwise.
    @Test(arguments: [1, 2, 3]) func aDamagedPolicyDemandsActors(position: Position) async throws {
        let file = try LogFile()
        let ada = Attribution(actor: "ada")
        func policy(_ change: LedgerPolicyChange) throws -> NewEvent {
            try change.newEvent(id: file.event([]).id, by: ada)
        }
        let log = try file.open()
        for _ in 0..<3 {
            _ = try await log.append(to: LedgerPolicyChange.stream, [policy(LedgerPolicyChange(auditsReads: true))])
        }
        await log.close()
        try RawSQLite.damage(file.path, "UPDATE events SET payload = x'ff' WHERE position = \(position)")

        let damaged = try file.open()
        await expectError(.actorRequired, "an append without an actor") {
            _ = try await damaged.append(to: "s", [file.event([1])])
        }
        var named = file.event([1])
        named.attribution = ada
        #expect(try await damaged.append(to: "s", [named]).positions == [4])
        let lifted = try policy(LedgerPolicyChange(requiresActor: false))
        _ = try await damaged.append(to: LedgerPolicyChange.stream, [lifted])
        _ = try await damaged.append(to: "s", [file.event([1])])
        await damaged.close()
        let again = try file.open()
        _ = try await again.append(to: "s", [file.event([1])])
        await again.close()
    }

    /// What it protects cannot be known, and must not be written in plain.
    @Test func aDamagedProtectionRefusesAppendsAndSaysHowToGoOn() async throws {
        let file = try LogFile()
        let log = try file.open(options(.test))
        _ = try await log.append(to: NamespaceProtection.stream, [protection(file)])
        await log.close()
        try RawSQLite.damage(file.path, "UPDATE events SET payload = x'ff' WHERE position = 1")
        let damaged = try file.open(options(.test))
        do {
            _ = try await damaged.append(to: "s", [file.event([1])])
            Issue.record("an append was taken")
        } catch let error as EventLogError {
            #expect(error.code == .damagedPayload && error.position == 1)
            #expect(error.message.hasSuffix("; restore the ledger from a backup."), "\(error.message)")
        }
        await damaged.close()
    }

    /// A program that does not know what it protects cannot find that out later.
    @Test func aNewerProtectionRefusesAppendsAndSaysHowToGoOn() async throws {
        let file = try LogFile()
        let log = try file.open(options(.test))
        var newer = file.event([1], NamespaceProtection.eventType)
        newer.schemaVersion = 2
        _ = try await log.append(to: NamespaceProtection.stream, [newer])
        await log.close()
        let again = try file.open(options(.test))
        let error = await expectError(.newerEvent) { _ = try await again.append(to: "s", [file.event([1])]) }
        #expect(error?.position == 1)
        #expect(
            error?.message == "What the SubjectsProtected at position 1 protects is not known to this program, so it "
                + "writes nothing: use the program that appended it, or restore a backup from before it.")
        #expect(try await again.head() == 1)
        await again.close()
    }
}
