import EventLog
package import Projections

/// Who may ask the service, and for what. What a token grants is of this ledger and of the present: an export has none
/// of it, and a view of a moment neither.
package struct AccessModule: OversightModule {
    package typealias Event = AccessTokenEvent

    package let name = "access"

    package let events: [EventDefinition] = [
        EventDefinition(
            AccessTokenEvent.Name.created, undoing: .never("`token revoke` ends it"), importing: .leftOut,
            isExported: false),
        EventDefinition(
            AccessTokenEvent.Name.revoked, undoing: .never("`token create` makes another one"), importing: .leftOut,
            isExported: false),
    ]

    package let projectors: [any Projector] = [AccessTokenProjector()]

    package init() {}
}
