import Logging

/// Writes what happens in the background to standard error, a line an event: where standard output is not for people.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    static let logger = Logger(label: "memledger") { _ in StandardErrorLog() }

    subscript(metadataKey name: String) -> Logger.Metadata.Value? {
        get { metadata[name] }
        set { metadata[name] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, given in given }.sorted { $0.key < $1.key }
        let words = ["\(event.message)"] + all.map { "\($0.key)=\($0.value)" }
        StandardError.say(words.joined(separator: " "))
    }
}
