/// What must hold of a stream for an append to happen.
///
///     let result = try await log.append(to: "order/7", .mustNotExist, [placed])
public enum StreamCondition: Hashable, Sendable, CustomStringConvertible {
    case any
    case mustNotExist
    case mustExist
    case atVersion(StreamVersion)

    /// True where a stream at this version (0: it does not exist) fulfils the condition.
    public func holds(at version: StreamVersion) -> Bool {
        switch self {
        case .any: true
        case .mustNotExist: version == 0
        case .mustExist: version > 0
        case .atVersion(let expected): version == expected
        }
    }

    public var description: String {
        switch self {
        case .any: "any"
        case .mustNotExist: "no stream"
        case .mustExist: "an existing stream"
        case .atVersion(let version): "version \(version)"
        }
    }
}
