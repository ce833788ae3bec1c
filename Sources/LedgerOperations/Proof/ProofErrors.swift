import EventLog
import MerkleLog

extension OperationErrorCode {
    /// Of an operation that proves something.
    static let ofProofs: [OperationErrorCode] = [
        .log(.unsupported), .log(.noCheckpoint), .log(.noTree), .log(.rootMismatch), .log(.unknownMoment),
        .log(.otherLog),
        .log(.indexOutOfRange),
    ]

    /// Of an operation that reads the signing key.
    static let ofKeys: [OperationErrorCode] = [
        .log(.noSigningKey), .log(.unsafeKeyFile), .log(.malformedKey),
    ]

    /// Of an operation that signs something.
    static let ofSigning: [OperationErrorCode] =
        ofKeys + [
            .log(.unsupported), .log(.inconsistentWithSigned), .log(.otherLog), .log(.noTree), .log(.fileExists),
            .log(.conflict),
        ]
}
