public import EventLog
public import Logging
import MemoryLedger

/// Writes each log event as one line: a JSON object, or a text for a person.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let format: ServerConfiguration.LogFormat
    private let clock: any TimeSource
    private let write: @Sendable (String) -> Void

    /// - Parameter write: gets one line with its end, from any thread.
    public init(
        _ format: ServerConfiguration.LogFormat, level: Logger.Level, clock: any TimeSource,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        self.clock = clock
        self.write = write
        logLevel = level
    }

    public subscript(metadataKey name: String) -> Logger.Metadata.Value? {
        get { metadata[name] }
        set { metadata[name] = newValue }
    }

    public func log(event: Logging.LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, given in given }.sorted { $0.key < $1.key }
        let time = clock.now().rfc3339
        switch format {
        case .json:
            var line: JSONObject = [
                "time": .string(time), "level": .string(event.level.rawValue), "message": .string("\(event.message)"),
            ]
            for (name, value) in all { line.append(name, .string("\(value)")) }
            if let error = event.error { line.append("error", .string("\(error)")) }
            write("\(JSONValue(line))\n")
        case .text:
            var line = "\(time) \(event.level.rawValue) \(event.message)"
            for (name, value) in all { line += " \(name)=\(value)" }
            if let error = event.error { line += " error=\(error)" }
            // A line stays a line, whatever a client has sent.
            write(line.replacing(/\p{Cc}/, with: "\u{fffd}") + "\n")
        }
    }
}
