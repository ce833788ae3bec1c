import EventLog

/// What was read, and by whom. The events change nothing, so there are no tables.
package struct AuditModule: OversightModule {
    package typealias Event = AuditEvent

    package let name = "audit"

    package let events: [EventDefinition] = AuditEvent.Name.all.sorted().map {
        EventDefinition($0, role: .record, undoing: .never("what was read cannot be taken back"), importing: .leftOut)
    }

    package init() {}
}
