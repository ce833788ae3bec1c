public import EventLog
import LedgerStorage
public import MemoryLedger

/// What went wrong, as one word that stays the same: `not_found`. A program compares it; a person reads the error.
///
///     do {
///         _ = try await catalogue.call(name, arguments, in: request)
///     } catch {
///         print(OperationErrorCode(of: error)?.rawValue ?? "internal", error)
///     }
public struct OperationErrorCode: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }

    public static func memory(_ code: MemoryLedgerError.Code) -> Self { Self(rawValue: code.description) }
    public static func log(_ code: EventLogError.Code) -> Self { Self(rawValue: code.description) }

    /// An argument that is missing, unknown, of another type or out of bounds.
    public static let invalidArgument = Self.memory(.invalidArgument)
    /// Something is larger than a named limit.
    public static let limitExceeded = Self.log(.limitExceeded)
    /// The caller may not do it.
    public static let accessDenied = Self(rawValue: "access_denied")
    /// There is no operation of the name.
    public static let unknownOperation = Self(rawValue: "unknown_operation")

    /// What any operation may fail with: its arguments, who asks, the state of the ledger and of the disk.
    public static let common: Set<Self> = [
        .invalidArgument, .limitExceeded, .accessDenied, .log(.actorRequired), .log(.busy), .log(.closed),
        .log(.damagedLog), .log(.damagedPayload), .log(.lostHead), .log(.masterKeyMissing), .log(.masterKeyWrong),
        .log(.missingTable),
        .log(.newerEvent), .log(.newerFormat), .log(.outcomeUnknown), .log(.projectionFailed), .log(.readOnly),
        .log(.storage), .log(.writingStopped), .log(.ledgerMoved), .log(.severalNames), .log(.unsafeSideFile),
        .memory(.contention),
    ]

    /// The code of an error; nil if it is of a type that an operation does not declare.
    public init?(of error: any Error) {
        switch error {
        case let error as MemoryLedgerError: self = .memory(error.code)
        case let error as EventLogError: self = .log(error.code)
        case is MemoryLimitError: self = .limitExceeded
        case is OperationArgumentError: self = .invalidArgument
        case is AccessDeniedError: self = .accessDenied
        case is UnknownOperationError: self = .unknownOperation
        case let error as any OperationError: self = error.code
        default: return nil
        }
    }
}

/// A catalogue has no operation of the name.
public struct UnknownOperationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public var description: String { "There is no operation \(name); ask for the list of them." }
}
