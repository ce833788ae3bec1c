import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog

/// Signs a checkpoint, or rotates the key, and reports the note or the new key. `--kill-at STEP` kills it there.
struct Signer {
    private let log: SQLiteEventLog
    private let report: Report
    private let keyFile: SigningKeyFile
    private let step: String?
    private let times: Int

    init(_ arguments: Arguments) throws {
        report = try Report(path: arguments.text("report"))
        keyFile = SigningKeyFile(path: try arguments.text("key"))
        step = try? arguments.text("kill-at")
        times = try arguments.number("times", default: 1)
        log = try arguments.openLog()
    }

    /// A report line is the note in base64.
    func sign() async throws {
        for _ in 0..<times {
            let stored = try await log.signCheckpoint(with: keyFile, atStep: kill)
            report.line(Data(stored.signed.bytes).base64EncodedString())
        }
        await log.close()
    }

    func rotate() async throws {
        let id = RandomEventIDs().next(at: SystemTimeSource().now())
        let link = try await log.rotateSigningKey(in: keyFile, id: id, atStep: kill)
        report.line(link.new.description)
        await log.close()
    }

    private var kill: @Sendable (String) -> Void {
        { [step] reached in
            guard reached == step else { return }
            _ = Foundation.kill(getpid(), SIGKILL)
        }
    }
}
