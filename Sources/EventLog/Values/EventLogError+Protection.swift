extension EventLogError.Code {
    /// Something is encrypted, and the ledger was opened without its master key.
    public static let masterKeyMissing = Self("master_key_missing")
    /// Something is encrypted, and the master key is another ledger's, or an earlier one of this ledger.
    public static let masterKeyWrong = Self("master_key_wrong")
    /// What was asked for has been erased: `position`, where the erasure stands in the log.
    public static let erased = Self("erased")
    /// What is to be erased stands in the log in plain, from before its protection.
    public static let notEncrypted = Self("not_encrypted")
    /// The streams are encrypted already.
    public static let alreadyProtected = Self("already_protected")
}

extension EventLogError {
    /// - Parameter what: a clause, `Namespace mem is encrypted`.
    package static func locked(_ reason: EventProtection.LockReason, _ what: String) -> EventLogError {
        switch reason {
        case .masterKeyMissing:
            EventLogError(
                .masterKeyMissing, "\(what), and there is no master key; open the ledger with its master key.")
        case .masterKeyWrong:
            EventLogError(
                .masterKeyWrong, "\(what), and the master key is not this ledger's; open the ledger with the right one."
            )
        }
    }
}
