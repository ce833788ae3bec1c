import EventLog
import MemoryLedger

/// What an erasure takes: a memory, a namespace, all that comes from a user, or the subject of a module.
enum ErasureParameters {
    private static let namespace = Parameter(
        "namespace", optional: .name, "This namespace; with `key` or `user`, that of the key or the user.")
    private static let key = Parameter("key", optional: .name, "The memory of this key.")
    private static let user = Parameter(
        "user", optional: .name, "All that comes from this user, in any namespace or in `namespace`.")
    private static let stream = Parameter(
        "stream", optional: .name, "The subject of a module, by the name of its stream.")
    static let derived = Parameter(
        "derived", .boolean, default: false, "What was derived from it too; with `key` or `user`.")
    static let partial = Parameter(
        "partial", .boolean, default: false, "What can be erased, if some of it stands in the log unencrypted.")

    static let all: [any OperationParameter] = [namespace, key, user, stream, derived, partial]

    /// - Throws: `OperationArgumentError` for nothing and for a contradiction.
    static func selection(_ arguments: OperationArguments) throws -> ErasureSelection {
        let (namespace, key, user) = (try arguments[namespace], try arguments[key], try arguments[user])
        if let stream = try arguments[stream] {
            guard namespace == nil, key == nil, user == nil else {
                throw OperationArgumentError(Self.stream.name, after: " excludes `namespace`, `key` and `user`.")
            }
            return .stream(StreamName(stream))
        }
        if let user {
            guard key == nil else { throw OperationArgumentError(Self.user.name, after: " excludes `key`.") }
            return .user(user, in: namespace)
        }
        if let key { return .memory(MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: key)) }
        guard let namespace else {
            throw OperationArgumentError(
                Self.key.name, before: "Nothing is selected; give `", after: "`, `namespace` or `user`.")
        }
        guard try !arguments[derived] else {
            throw OperationArgumentError(derived.name, after: " goes with `key` or `user`.")
        }
        return .namespace(namespace)
    }
}
