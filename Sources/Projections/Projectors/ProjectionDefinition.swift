/// One of the projections that a projector builds: tables of one concern.
///
///     let search = ProjectionDefinition(name: "task_search", version: 2, schema: schema)
///
/// It has a version, a digest, generations and dead letters of its own, and can be rebuilt by itself.
public struct ProjectionDefinition: Sendable {
    /// What `projections` and error messages call it; no other projection of the ledger has it.
    public var name: String
    /// 1 and up. Opening a ledger whose rows an older version built rebuilds them.
    public var version: Int
    /// Its tables, which no other projection has. Keep it: each one runs its script once.
    public var schema: ProjectionSchema

    public init(name: String, version: Int, schema: ProjectionSchema) {
        self.name = name
        self.version = version
        self.schema = schema
    }
}
