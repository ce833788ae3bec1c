package import EventLog

/// A projection of a store, with the projector that builds it.
///
/// One run of a projector builds all of its projections, so these stand at one position, and what is refused is refused
/// for all of them. Each has its own version and its own generation.
package struct Projection: Sendable {
    package let definition: ProjectionDefinition
    package let projector: any Projector

    package var name: String { definition.name }
    package var version: Int { definition.version }
    package var schema: ProjectionSchema { definition.schema }
}

// Names are the same if their bytes are, as in the tables that keep them.

extension Projection {
    /// What it is told by.
    package var key: ByteText { ByteText(name) }
}

extension Projector {
    /// What it is told by.
    package var key: ByteText { ByteText(name) }

    /// Its projections, in its order.
    package var built: [Projection] { projections.map { Projection(definition: $0, projector: self) } }
}
