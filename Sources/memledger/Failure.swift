import ArgumentParser
import EventLog
import MemoryLedger

/// What a command ends with.
enum ExitStatus {
    static let failed: Int32 = 1
    /// Done, with something to look at: throw `ExitCode(ExitStatus.lookAt)` after printing what it is.
    static let lookAt: Int32 = 3
    static let usage: Int32 = 64

    /// Interrupted, as a shell has it: 130 after Ctrl-C, 143 after a request to end.
    static func of(signal: Int32) -> Int32 { 128 + signal }
}

/// A failure of the command itself, in one sentence that says what to do.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

enum Failure {
    /// Tells the person what happened, and answers the exit status.
    static func report(_ error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case is OutputClosed: return 0
        case let interrupted as InterruptedBySignal:
            printError(interrupted.description)
            return ExitStatus.of(signal: interrupted.signal)
        default: break
        }
        let status = Memledger.exitCode(for: error).rawValue
        guard status != 0 else {
            // Help, a version or a completion script, which the parser throws.
            let output = FileWriter.standardOutput()
            try? output.write(Memledger.fullMessage(for: error) + "\n")
            try? output.flush()
            return 0
        }
        let isUsage = status == ExitStatus.usage
        printError(isUsage ? usage(error) : String(describing: error))
        return isUsage || isInvalidArgument(error) ? ExitStatus.usage : ExitStatus.failed
    }

    /// What the parser says, and where it says more.
    private static func usage(_ error: any Error) -> String {
        let message = Memledger.message(for: error)
        let hint = Memledger.fullMessage(for: error).split(separator: "\n").last { $0.hasPrefix("  See ") }
        guard let hint else { return message }
        return message + (message.hasSuffix(".") ? " " : ". ") + hint.drop { $0 == " " }
    }

    private static func isInvalidArgument(_ error: any Error) -> Bool {
        switch error {
        case let error as MemoryLedgerError: error.code == .invalidArgument
        case let error as EventLogError: error.code == .invalidArgument || error.code == .unknownProjection
        default: false
        }
    }

    /// Tells the person of something that did not keep the command from doing what it was asked.
    static func warn(_ message: String) { printError(message) }

    private static func printError(_ message: String) {
        let writer = FileWriter(descriptor: FileWriter.standardError)
        try? writer.write("memledger: " + Line.sanitised(message) + "\n")
        try? writer.flush()
    }
}
