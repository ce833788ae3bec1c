/// Lifts the events of one type from one schema version to the next.
///
///     let milliseconds = Upcaster("TaskPostponed", from: 1) { seconds in seconds + Array("000".utf8) }
public struct Upcaster: Sendable {
    public let type: EventType
    /// The schema version that it reads; it answers a payload of the version after it.
    public let fromVersion: Int
    /// Old payload in, new payload out. Deterministic: no clock, no randomness.
    public let lift: @Sendable ([UInt8]) throws -> [UInt8]

    public init(_ type: EventType, from version: Int, lift: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.type = type
        fromVersion = version
        self.lift = lift
    }
}

/// All upcasters of an application, applied in steps until none fits.
public struct UpcasterChain: Sendable {
    private struct Step: Hashable {
        let type: EventType
        let version: Int
    }

    private var lifts: [Step: @Sendable ([UInt8]) throws -> [UInt8]] = [:]

    public init(_ upcasters: [Upcaster] = []) {
        for upcaster in upcasters {
            let step = Step(type: upcaster.type, version: upcaster.fromVersion)
            precondition(lifts[step] == nil, "two upcasters for \(step.type) version \(step.version)")
            lifts[step] = upcaster.lift
        }
    }

    public var isEmpty: Bool { lifts.isEmpty }

    /// Events of the type, in some schema version, are lifted.
    public func lifts(_ type: EventType) -> Bool { !lifts.isEmpty && lifts.keys.contains { $0.type == type } }

    /// The event in its newest schema version; the same event where it is of that version, or of an unknown one.
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position where an upcaster cannot read the payload.
    public func upcast(_ event: RecordedEvent) throws -> RecordedEvent {
        // A payload that is not there, or cannot be opened, is left as it is.
        guard !lifts.isEmpty, !event.protection.isErased, !event.protection.isLocked else { return event }
        var event = event
        while let lift = lifts[Step(type: event.type, version: event.schemaVersion)] {
            do {
                event.payload = try lift(event.payload)
            } catch {
                throw EventLogError.damagedPayload(
                    at: event.position, "\(event.type) version \(event.schemaVersion) does not upcast: \(error)")
            }
            event.schemaVersion += 1
        }
        return event
    }
}
