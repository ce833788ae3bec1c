#if os(Linux)
    import Foundation
    import Testing

    /// Goal: a folder that cannot be synced is an error, and nothing is said to be done that a power cut may undo.
    /// Method: the command with an `fsync` of its own in front of the system's, which fails for folders.
    @Suite struct FolderSyncTests {
        private static let source = """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <stdlib.h>
            #include <sys/stat.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int fsync(int descriptor) {
                struct stat status;
                const char *code = getenv("FAIL_FOLDER_SYNC");
                const char *good = getenv("SYNCED_FOLDERS");
                static int synced;
                if (code && !fstat(descriptor, &status) && S_ISDIR(status.st_mode) && ++synced > (good ? atoi(good) : 0)) return errno = atoi(code), -1;
                return syscall(SYS_fsync, descriptor);
            }
            """

        private static let commands: [(words: [String], makes: String)] = [
            (["backup", "made"], "made"), (["checkout", "--output", "made"], "made"), (["export", "made"], "made"),
            (["prove", "1", "--checkpoint", "given", "--output", "made"], "made"),
            (["evidence", "--key", "a", "--checkpoint", "given", "--output", "made"], "made"),
            (["checkpoint", "--output", "made"], "made"), (["checkpoint", "--folder", "made"], "made"),
            (["protect", "secret", "--new-master-key", "made"], "made"),
            (["keys", "new", "--signing-key", "made"], "made"), (["init", "--ledger", "fresh"], "fresh-key"),
            (["restore", "old", "--yes", "--to", "made"], ""), (["migrate", "kv.db", "--backup-dir", "made"], "made"),
        ]

        private func workspace() async throws -> Workspace {
            let workspace = try Workspace()
            try workspace.write("failing.c", Self.source)
            let built = try await RunningCommand(
                workspace, "cc", ["-shared", "-fPIC", "-o", "failing.so", "failing.c"], input: "", environment: [:]
            ).outcome()
            try #require(built.status == 0, "\(built.error)")
            try await workspace.succeed("init")
            try await workspace.succeed("add", "a", "--summary", "A")
            try await workspace.succeed("checkpoint", "--output", "given")
            try await workspace.succeed("backup", "old")
            try workspace.makeKeyv("kv.db")
            return workspace
        }

        private func run(
            _ words: [String], _ workspace: Workspace, failing code: Int32, after synced: Int = 0
        ) async throws -> Outcome {
            try await workspace.run(
                words,
                environment: [
                    "LD_PRELOAD": workspace.path("failing.so"), "FAIL_FOLDER_SYNC": String(code),
                    "SYNCED_FOLDERS": String(synced),
                ])
        }

        @Test(arguments: [EIO, ENOSPC]) func whatCannotBeMadeDurableIsAnError(code: Int32) async throws {
            let workspace = try await workspace()
            for (words, makes) in Self.commands {
                let outcome = try await run(words, workspace, failing: code)
                // Not one line in every case: what is signed by itself fails too, and is told.
                #expect(
                    outcome.status == 1 && outcome.error.contains(String(cString: strerror(code))),
                    "\(words): \(outcome.status) \(outcome.output)\(outcome.error)")
                #expect(makes.isEmpty || !workspace.exists(makes), "\(words)")
            }
            // Nothing was lost, and all of it can be done when the disk is well again.
            try await workspace.succeed("verify")
            try await workspace.succeed("backup", "made")
        }

        /// Whichever sync of the backup's folder fails.
        @Test func aCopyOfASourceIsDurableOrNotThere() async throws {
            let workspace = try await workspace()
            var failures = 0
            for synced in 0..<8 {
                let words = ["migrate", "kv.db", "--backup-dir", "made"]
                let outcome = try await run(words, workspace, failing: EIO, after: synced)
                let isThere = workspace.exists("made")
                if outcome.error.contains("cannot be backed up") {
                    failures += 1
                    #expect(!isThere, "\(synced)")
                } else if isThere {
                    try FileManager.default.removeItem(atPath: workspace.path("made"))
                }
            }
            #expect(failures == 2)
        }

        /// Some file systems know no sync of a folder.
        @Test func aFileSystemThatSyncsNoFoldersIsNoError() async throws {
            let workspace = try await workspace()
            for words in [
                ["backup", "made"], ["checkout", "--output", "checkout"], ["checkpoint", "--output", "point"],
            ] {
                let outcome = try await run(words, workspace, failing: EINVAL)
                #expect(outcome.status == 0, "\(words): \(outcome.error)")
            }
        }
    }
#endif
