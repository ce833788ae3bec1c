/// An event's place in the whole log: 1, 2, 3, … without gaps, never reused. 0 stands for "before the first".
public typealias Position = Int64

/// An event's place in its stream: 1, 2, 3, …. 0 stands for "the stream does not exist".
public typealias StreamVersion = Int64

/// The name of a stream, the events of one subject: 1 to 4,096 bytes of UTF-8 without control characters.
///
///     let stream: StreamName = "order/7"
///
/// The text up to the first `/` is the stream's category; reading by prefix is fastest along categories.
public struct StreamName: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    // Byte by byte, as SQLite compares: `é` as one character and as two are different streams.
    public static func == (left: Self, right: Self) -> Bool { left.rawValue.hasSameBytes(as: right.rawValue) }
    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }

    /// Compares the UTF-8 bytes, as SQLite does.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.precedesByBytes(right.rawValue)
    }

    public var description: String { rawValue }

    /// The text up to and including the first `/`; the whole name where there is none.
    public var category: Substring {
        guard let slash = rawValue.utf8.firstIndex(of: UInt8(ascii: "/")) else { return rawValue[...] }
        return rawValue[...slash]
    }

    /// True if the category ends with a slash and is this stream's.
    package func isIn(_ category: String) -> Bool {
        category.utf8.last == UInt8(ascii: "/") && rawValue.begins(withBytesOf: category)
    }
}

/// What kind of fact an event is, in the past tense: `MemoryAdded`.
public struct EventType: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public static func == (left: Self, right: Self) -> Bool { left.rawValue.hasSameBytes(as: right.rawValue) }
    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.precedesByBytes(right.rawValue)
    }
    public var description: String { rawValue }
}

/// Who did something, for which request, and because of which event.
///
///     let attribution = Attribution(actor: "ada", correlationID: "request-7")
public struct Attribution: Hashable, Sendable {
    /// Who did it.
    public var actor: String?
    /// The request that it belongs to.
    public var correlationID: String?
    /// The event that caused it.
    public var causationID: String?

    public init(actor: String? = nil, correlationID: String? = nil, causationID: String? = nil) {
        self.actor = actor
        self.correlationID = correlationID
        self.causationID = causationID
    }

    /// It says who did it: an actor of spaces only is none.
    public var hasActor: Bool { actor?.utf8.contains { $0 > 0x20 } ?? false }
}

/// What a projector makes of an event beforehand. An object, so that an event without one carries no more than a word:
/// each append copies its events.
package typealias PreparedBody = any AnyObject & Sendable

/// A fact about to be appended.
///
///     let placed = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
///     let result = try await log.append(to: "order/7", .mustNotExist, [placed])
public struct NewEvent: Sendable {
    public var id: EventID
    public var type: EventType
    /// The version of the payload's schema, 1 or more.
    public var schemaVersion: Int
    /// The encoded body, not compressed.
    public var payload: [UInt8]
    /// When the fact happened, where that is not when the log takes it.
    public var occurredAt: Timestamp?
    public var attribution: Attribution
    /// Users whose erasure takes the event, by their names, which are of the stream's namespace. If that is protected,
    /// the payload is encrypted with a data key of the stream and these users; else they change nothing.
    public var protectedFor: [String] = []
    /// The payload is the ciphertext of an event that was erased in another ledger.
    package var isErased = false
    /// What a projector makes of it, made beforehand, so that the transaction need not read the payload again.
    package var prepared: PreparedBody?

    public init(
        id: EventID, type: EventType, schemaVersion: Int = 1, payload: [UInt8],
        occurredAt: Timestamp? = nil, attribution: Attribution = Attribution()
    ) {
        self.id = id
        self.type = type
        self.schemaVersion = schemaVersion
        self.payload = payload
        self.occurredAt = occurredAt
        self.attribution = attribution
    }
}

/// A fact that the log has taken.
///
///     for try await event in log.events(EventFilter(actor: "ada")) {
///         print(event.position, event.stream, event.recordedAt.rfc3339)
///     }
public struct RecordedEvent: Hashable, Sendable {
    public var position: Position
    public var stream: StreamName
    public var version: StreamVersion
    public var type: EventType
    public var schemaVersion: Int
    public var id: EventID
    /// When the log took it. Never goes back from one position to the next.
    public var recordedAt: Timestamp
    /// When it happened.
    public var occurredAt: Timestamp
    public var attribution: Attribution
    /// The encoded body, not compressed. Empty where `protection` says that it cannot be read.
    public var payload: [UInt8]
    /// Whether the log has the payload encrypted, and whether it could be decrypted.
    public var protection = EventProtection.none
    /// As the log counts them: those of the payload before compression, and of an encrypted one those of its
    /// ciphertext. So the number stays when the payload is lifted to a newer schema, or cannot be read any more.
    package var payloadBytes: Int
    /// The users whose erasure takes the event, of an encrypted one; they are known without its key, too.
    public var protectedFor: [String] = []

    public init(
        position: Position, stream: StreamName, version: StreamVersion, type: EventType, schemaVersion: Int,
        id: EventID, recordedAt: Timestamp, occurredAt: Timestamp, attribution: Attribution, payload: [UInt8]
    ) {
        self.position = position
        self.stream = stream
        self.version = version
        self.type = type
        self.schemaVersion = schemaVersion
        self.id = id
        self.recordedAt = recordedAt
        self.occurredAt = occurredAt
        self.attribution = attribution
        self.payload = payload
        payloadBytes = payload.count
    }
}
