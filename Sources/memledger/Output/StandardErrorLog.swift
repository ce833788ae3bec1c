import EventLog
import LedgerServer
import Logging

/// What happens in the background, on standard error, a line an event.
enum StandardErrorLog {
    static func logger(_ format: ServerConfiguration.LogFormat, _ level: Logger.Level) -> Logger {
        Logger(label: "memledger") { _ in
            LineLogHandler(format, level: level, clock: SystemTimeSource()) { line in
                let writer = FileWriter(descriptor: FileWriter.standardError)
                try? writer.write(line)
                try? writer.flush()
            }
        }
    }
}
