public import EventLog
public import Logging
import MemoryLedger

/// Writes each log event as one line: a JSON object, or a text for a person.
///
/// Whatever is logged, a line stays a line, and no value passes for another: a JSON object has each name once, and in a
/// text a value that is more than a word stands in quotes. What is logged while a request is answered bears its id.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider? = RequestLog.metadata
    public var logLevel: Logger.Level
    private let format: ServerConfiguration.LogFormat
    private let clock: any TimeSource
    private let write: @Sendable (String) -> Void

    /// What a line has of its own.
    private static let ownNames: Set<String> = ["time", "level", "message"]

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
        let (time, level, message) = (clock.now().rfc3339, event.level.rawValue, "\(event.message)")
        let fields = fields(of: event)
        switch format {
        case .json:
            var line: JSONObject = ["time": .string(time), "level": .string(level), "message": .string(message)]
            for (name, value) in fields { line.append(name, .string(value)) }
            write("\(JSONValue(line))\n")
        case .text:
            let words = fields.map { " \(Self.word($0.name))=\(Self.word($0.value))" }.joined()
            write("\(time) \(level) \(Self.line(message))\(words)\n")
        }
    }

    /// Each name once, in their order.
    private func fields(of event: Logging.LogEvent) -> [(name: String, value: String)] {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { _, given in given }
        all.merge(event.metadata ?? [:]) { _, given in given }
        if let error = event.error { all["error"] = "\(error)" }
        var fields: [String: String] = [:]
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            var free = name
            while Self.ownNames.contains(free) || fields[free] != nil { free += "_" }
            fields[free] = "\(value)"
        }
        return fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// As it is if it is one word that means nothing else, else in quotes.
    private static func word(_ text: String) -> String {
        let isWord =
            !text.isEmpty && text.unicodeScalars.allSatisfy { isPlain($0) && !" \"=\\".unicodeScalars.contains($0) }
        return isWord ? text : "\"\(escaped(text, quotes: true))\""
    }

    private static func line(_ text: String) -> String { escaped(text, quotes: false) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if quotes, scalar == "\"" || scalar == "\\" {
                escaped += "\\\(scalar)"
            } else if isPlain(scalar) || scalar == " " {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return escaped
    }

    /// Neither ends a line, nor moves the cursor or the direction of a terminal's text.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
