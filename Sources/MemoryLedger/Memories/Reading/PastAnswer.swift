/// What is known of a key at a moment without building the tables as of it.
enum PastAnswer<Value> {
    case found(Value)
    /// The key held nothing, or nothing that is shown.
    case nothing
    /// Only the tables as of the moment tell.
    case inTables

    init(_ value: Value?) { self = value.map { .found($0) } ?? .nothing }
}
