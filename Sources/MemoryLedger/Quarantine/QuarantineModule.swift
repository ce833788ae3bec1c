import EventLog

/// What is held back. `MemoryProjector` builds the tables, since what a quarantine holds depends on every memory's
/// contributors.
package struct QuarantineModule: OversightModule {
    package typealias Event = QuarantineEvent

    package let name = "quarantine"

    package let events: [EventDefinition] = [
        EventDefinition(
            QuarantineEvent.Name.quarantined, undoing: .never("`release` brings back what it holds"),
            importing: .leftOut),
        EventDefinition(
            QuarantineEvent.Name.released, undoing: .never("`quarantine` takes it out again"), importing: .leftOut),
    ]

    package init() {}
}
