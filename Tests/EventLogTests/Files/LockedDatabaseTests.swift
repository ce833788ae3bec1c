import EventLog
import LedgerCapabilities
import LedgerStorage
import Synchronization
import Testing

/// Goal: what keeps a handle from being used is told to who asked for it. Method: a preparation that throws, from the
/// first handle on or from a later one.
@Suite struct LockedDatabaseTests {
    private let folder: TestFolder
    private var path: String { folder.path("side") }

    init() throws { folder = try TestFolder() }

    private func open(
        isReadOnly: Bool = false, _ prepare: @escaping @Sendable (OpaquePointer) throws -> Void
    ) throws -> LockedDatabase {
        let kind = LockedDatabase.Kind(
            applicationID: 1, formatVersion: 1, isOther: { EventLogError(.notALedger, $0) }, prepare: prepare,
            make: { try $0.execute("CREATE TABLE a (b)") })
        let file = LedgerFileOptions.test()
        return try LockedDatabase(
            path: path, kind, isReadOnly: isReadOnly, readers: file.readers, busyTimeout: 1_000)
    }

    private static let error = EventLogError(.unsupported, "It lacks something; use another.")

    @Test func whatThrowsAtFirstKeepsItFromBeingOpened() async throws {
        await expectError(.unsupported) { _ = try open { _ in throw Self.error } }
        let database = try open { _ in }
        #expect(try database.read { try $0.integer("SELECT count(*) FROM a") } == 0)
        await database.close()
        await expectError(.unsupported) { _ = try open(isReadOnly: true) { _ in throw Self.error } }
    }

    /// Two that find a file of no use delete it once, and not what one of them has made in its place.
    @Test func onlyTheFileThatWasLookedAtIsDeleted() async throws {
        func remove(if identity: FileIdentity?) throws -> Int {
            try LockedDatabase.remove(path, if: identity, applicationID: 1, busyTimeout: 1_000)
        }
        let first = try open { _ in }
        let identity = try #require(FileIdentity(path))
        #expect(try remove(if: identity) > 0 && FileIdentity(path) == nil)
        let second = try open { _ in }
        let next = FileIdentity(path)
        #expect(try remove(if: identity) == 0 && FileIdentity(path) == next && next != identity)
        #expect(try remove(if: nil) > 0 && FileIdentity(path) == nil)
        await first.close()
        await second.close()
    }

    @Test func whatThrowsLaterIsTheReaders() async throws {
        let fails = Atomic(false)
        let database = try open { _ in if fails.load(ordering: .relaxed) { throw Self.error } }
        fails.store(true, ordering: .relaxed)
        await expectError(.unsupported) {
            _ = try database.read { try $0.integer("SELECT count(*) FROM a") }
        }
        // The writer is there already, and the next reader may be luckier.
        try await database.onWriter { try $0.execute("INSERT INTO a VALUES (1)") }
        fails.store(false, ordering: .relaxed)
        #expect(try database.read { try $0.integer("SELECT count(*) FROM a") } == 1)
        await database.close()
    }
}
