/// A line of an import that could not be taken. Every line before it has been.
public struct EventImportError: Error, Sendable, CustomStringConvertible {
    /// An open list: later versions add codes, so switch over it with a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }

        /// The line is not an event as `exportEvents` writes it.
        public static let malformedLine = Code("malformed_line")
        /// The line is longer than `EventImportLimits.lineBytes`.
        public static let lineTooLong = Code("line_too_long")
        /// A newer program wrote the event, or the export: use a newer program.
        public static let newerEvent = Code("newer_event")
        /// The log refused the event: `underlying` says why.
        public static let refused = Code("refused")
    }

    public var code: Code
    /// The first line is 1.
    public var line: Int
    public var message: String
    /// Why the log refused the event.
    public var underlying: (any Error)?

    init(_ code: Code, line: Int, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.line = line
        self.message = message
        self.underlying = underlying
    }

    public var description: String { message }
}

/// The bounds of an import of events.
public struct EventImportLimits: Hashable, Sendable {
    /// The longest line, in bytes: the largest payload of the log, written out with every byte escaped, fits.
    public var lineBytes = 640 << 20
    /// Events of one append.
    public var batchEvents = 1_000
    /// Payload bytes after which an append begins, so that large memories do not pile up.
    public var batchBytes = 8 << 20

    public init() {}
}

/// What an import of events did: `events = imported + duplicates + leftOut`.
public struct EventImportReport: Hashable, Sendable {
    /// Lines that hold an event.
    public var events = 0
    public var imported = 0
    /// Events that the ledger had already.
    public var duplicates = 0
    /// Events that say what another ledger decided about itself: its policy, quarantines, epochs, audited reads.
    public var leftOut = 0
    /// Exports in what was read whose lines are not all there: the first `maximumIncomplete`.
    public var incomplete: [IncompleteExport] = []
    /// Where the first and the last of the imported events stand.
    public var firstPosition: Int64?
    public var lastPosition: Int64?

    public static let maximumIncomplete = 100

    public init() {}
}
