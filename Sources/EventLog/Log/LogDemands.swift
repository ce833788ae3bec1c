/// What a log demands of every append because its own events say so: every backend folds it from the events of
/// `streams` in their order, and enforces it from the next append on.
///
/// Events that this version does not understand change nothing. A log that encrypts has to understand what protects,
/// and refuses what it does not: it need not fold `NamespaceProtection.stream` in this way.
public struct LogDemands: Hashable, Sendable {
    /// The streams that it is folded from.
    public static let streams = [LedgerPolicyChange.stream, NamespaceProtection.stream]

    private let requiresActorAlways: Bool
    private var requiresActorByEvents = false
    private var protectedCategories: Set<ByteText> = []

    /// - Parameter requiresActor: Events without an actor are refused, whatever the log's events say.
    public init(requiresActor: Bool = false) { requiresActorAlways = requiresActor }

    /// Events without an actor are refused.
    public var requiresActor: Bool { requiresActorAlways || requiresActorByEvents }

    /// The payloads of the stream must not be stored as they are.
    public func protects(_ stream: StreamName) -> Bool {
        !protectedCategories.isEmpty && protectedCategories.contains(ByteText(String(stream.protectedCategory)))
    }

    /// Takes an event into account that the log has written. Those of other streams than `streams` change nothing.
    public mutating func apply(_ type: EventType, schemaVersion: Int, payload: [UInt8], in stream: StreamName) {
        guard stream.beginsWithDollar else { return }
        if stream == LedgerPolicyChange.stream {
            let change = LedgerPolicyChange(type, schemaVersion: schemaVersion, payload: payload)
            requiresActorByEvents = change?.requiresActor ?? requiresActorByEvents
        } else if stream == NamespaceProtection.stream {
            let protection = NamespaceProtection(type, schemaVersion: schemaVersion, payload: payload)
            if let protection { protectedCategories.insert(ByteText(protection.category)) }
        }
    }

    /// Takes into account that the log has an event of `LedgerPolicyChange.stream` whose payload is damaged. It may
    /// have demanded actors, so they are demanded, until a later event says otherwise.
    public mutating func applyDamagedPolicy() { requiresActorByEvents = true }

    /// Checks an append to a log that stores payloads as they are. A log calls it when it knows that the append is not
    /// a repetition, and before anything else that depends on what it holds.
    ///
    /// - Throws: `EventLogError` with `actorRequired` if an event has no actor and needs one, with `unsupported` and
    ///   the stream if an event's payload would have to be encrypted.
    public func check(_ appends: [StreamAppend]) throws {
        if requiresActor { try EventLogLimits.checkActors(appends) }
        var demands = self
        for append in appends where !append.events.isEmpty {
            guard !demands.protects(append.stream) else {
                var error = EventLogError.unsupported("encrypts payloads")
                error.stream = append.stream
                throw error
            }
            for event in append.events where append.stream == NamespaceProtection.stream {
                demands.apply(
                    event.type, schemaVersion: event.schemaVersion, payload: event.payload, in: append.stream)
            }
        }
    }
}
