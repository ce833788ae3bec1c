import EmbeddedLedger
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

/// Goal: what stands beside a ledger can be used by the group that may use the ledger, and what is made of a ledger is
/// for no group that may not read it. Method: ledgers of a group, and processes of other users in it and not in it.
@Suite(.enabled(if: geteuid() == 0, "Only root can give files to any group and become another user."))
struct FileRightsTests {
    private static let (user, ownGroup, team, folderGroup): (uid_t, gid_t, gid_t, gid_t) = (
        61_001, 61_002, 61_003, 61_004
    )

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0, "\(path)")
        return status
    }

    /// A ledger of the user's and the team's, in a folder that everybody may write to.
    private func ledger(mode: mode_t, folderMode: mode_t = 0o777) async throws -> LogFile {
        let file = try LogFile()
        let folder = file.folder.url.path
        #expect(chown(folder, 0, Self.folderGroup) == 0 && chmod(folder, folderMode) == 0)
        try await file.make([[1]])
        for suffix in ["-lock", "-head", "-wal", "-shm"] { unlink(file.path + suffix) }
        #expect(chown(file.path, Self.user, Self.team) == 0 && chmod(file.path, mode) == 0)
        return file
    }

    private func append(to file: LogFile, as user: uid_t, _ groups: gid_t...) async throws -> Int32? {
        let words = ([user] + groups).map(String.init).joined(separator: ":")
        let arguments = [
            "append", file.path, "--writer", "w\(user)", "--appends", "2", "--seed", "\(Int(user) + groups.count)",
            "--report",
            file.folder.path("report-\(user)"), "--user", words,
        ]
        return try await ChildProcess(arguments).exitCode()
    }

    /// Two members of the team write one after the other, in a folder that gives its group on as in another.
    @Test(arguments: [0o777, 0o2777] as [mode_t]) func sideFilesAreTheTeams(folderMode: mode_t) async throws {
        let file = try await ledger(mode: 0o660, folderMode: folderMode)
        if folderMode == 0o2777 { #expect(chown(file.folder.url.path, 0, Self.team) == 0) }
        #expect(chmod(file.folder.url.path, folderMode) == 0)
        for user in [Self.user, Self.user + 100] {
            // Each has a group of their own, too.
            #expect(try await append(to: file, as: user, Self.ownGroup + user, Self.team) == 0, "\(user)")
        }
        for suffix in ["-lock", "-head", "-wal", "-shm"] {
            let found = try status(file.path + suffix)
            #expect(found.st_gid == Self.team && found.st_mode & 0o777 == 0o660, "\(suffix)")
        }
    }

    /// Root's are the owner's, as SQLite's are.
    @Test func whatRootMakesBesideALedgerIsItsOwners() async throws {
        let file = try await ledger(mode: 0o640)
        let log = try file.open(LedgerFileOptions())
        _ = try await log.append(to: "s", file.events(1))
        await log.close()
        for suffix in ["-lock", "-head"] {
            let found = try status(file.path + suffix)
            #expect(found.st_uid == Self.user && found.st_gid == Self.team && found.st_mode & 0o777 == 0o640)
        }
        #expect(try await append(to: file, as: Self.user, Self.ownGroup) == 0)
    }

    /// One that was made before the ledger was given to the team is given to it by its owner.
    @Test func theLockFollowsTheLedger() async throws {
        let file = try await ledger(mode: 0o600)
        #expect(chown(file.path, Self.user, Self.ownGroup) == 0)
        #expect(try await append(to: file, as: Self.user, Self.ownGroup) == 0)
        #expect(try status(file.path + "-lock").st_mode & 0o777 == 0o600)
        #expect(chown(file.path, Self.user, Self.team) == 0 && chmod(file.path, 0o660) == 0)
        #expect(try await append(to: file, as: Self.user, Self.ownGroup, Self.team) == 0)
        for suffix in ["-lock", "-head", "-wal", "-shm"] {
            let found = try status(file.path + suffix)
            #expect(found.st_gid == Self.team && found.st_mode & 0o777 == 0o660, "\(suffix)")
        }
    }

    /// Its user is in none of the ledger's groups, so that what it makes is of another group.
    @Test func noOtherGroupReadsWhatTheTeamMay() async throws {
        let file = try await ledger(mode: 0o640)
        #expect(try await append(to: file, as: Self.user, Self.ownGroup) == 0)
        for suffix in ["-lock", "-head", "-wal"] {
            let found = try status(file.path + suffix)
            #expect(found.st_gid == Self.ownGroup && found.st_mode & 0o777 == 0o600, "\(suffix)")
        }
    }

    @Test(arguments: [0o600, 0o640, 0o660, 0o644] as [mode_t]) func outputsAreTheTeams(mode: mode_t) async throws {
        let file = try await ledger(mode: mode)
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(1))
        let (output, backup) = (file.folder.path("output"), file.folder.path("backup.sqlite"))
        let made = try OutputFile(output, replacing: false, besides: ProtectedFiles(), readableLike: file.path)
        try made.finish()
        _ = try await ProjectionStore(log: log, projectors: []).backUp(
            log, to: backup, replacing: false, madeBy: "test")
        await log.close()
        for path in [output, backup] {
            let found = try status(path)
            #expect(found.st_gid == Self.team && found.st_mode & 0o777 == mode, "\(path)")
        }
        // What is restored over a ledger is whose the ledger was.
        var restore = RestoreOptions()
        restore.isReplacing = true
        _ = try await SQLiteEventLog.restore(
            backup, to: file.path, restore, clock: file.clock, ids: RandomEventIDs.seeded(7))
        let found = try status(file.path)
        #expect(found.st_uid == Self.user && found.st_gid == Self.team && found.st_mode & 0o777 == mode)
    }
}
