/// What must hold of a stream for an append to happen.
public enum StreamCondition: Hashable, Sendable, CustomStringConvertible {
    case any
    case mustNotExist
    case mustExist
    case atVersion(StreamVersion)

    /// True where a stream at this version (0: it does not exist) fulfils the condition.
    public func holds(at version: StreamVersion) -> Bool {
        switch self {
        case .any: true
        case .mustNotExist: version == 0
        case .mustExist: version > 0
        case .atVersion(let expected): version == expected
        }
    }

    public var description: String {
        switch self {
        case .any: "any"
        case .mustNotExist: "no stream"
        case .mustExist: "an existing stream"
        case .atVersion(let version): "version \(version)"
        }
    }
}

/// One stream's part of an append: a condition, and the events to add, which may be none.
public struct StreamAppend: Sendable {
    public var stream: StreamName
    public var condition: StreamCondition
    public var events: [NewEvent]

    public init(_ stream: StreamName, _ condition: StreamCondition = .any, events: [NewEvent] = []) {
        self.stream = stream
        self.condition = condition
        self.events = events
    }
}

/// Where the events of an append stand.
public struct AppendResult: Hashable, Sendable {
    /// A position for each event, in the order of the call.
    public var positions: [Position]
    /// A version for each event, in the order of the call.
    public var versions: [StreamVersion]
    /// True when the log had these event ids already and wrote nothing.
    public var isRepetition: Bool

    public init(positions: [Position], versions: [StreamVersion], isRepetition: Bool) {
        self.positions = positions
        self.versions = versions
        self.isRepetition = isRepetition
    }

    public var lastPosition: Position? { positions.last }
}
