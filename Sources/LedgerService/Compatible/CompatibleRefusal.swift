import LedgerOperations

/// A call that the old program refuses, in its words.
public struct CompatibleRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String

    public var description: String { message }

    /// There is no session of the id, or it has ended.
    public static let invalidSession = Self(message: "invalid session")
    public static let memoryNotFound = Self(message: "memory not found")
    public static let sameKeys = Self(message: "old_key and new_key must be different")
    /// There are only commas and blanks.
    public static let noKeywords = Self(message: "keywords must contain at least one non-empty value")
    public static let keyExists = Self(message: "key already exists")
}
