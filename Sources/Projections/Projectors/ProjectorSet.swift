package import EventLog

/// The projectors of a ledger, and what lifts old events for them.
package struct ProjectorSet: Sendable {
    package var projectors: [any Projector]
    package var upcasters: UpcasterChain

    package init(_ projectors: [any Projector], upcasters: UpcasterChain = UpcasterChain()) {
        self.projectors = projectors
        self.upcasters = upcasters
    }
}
