import ArgumentParser
import EventLog
import MemoryLedger

enum Failure {
    /// Tells the person what happened, and answers the exit status.
    static func report(_ error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case is OutputClosed: return 0
        case let interrupted as InterruptedBySignal:
            StandardError.say(interrupted.description)
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
        StandardError.say(isUsage ? usage(error) : String(describing: error))
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
}
