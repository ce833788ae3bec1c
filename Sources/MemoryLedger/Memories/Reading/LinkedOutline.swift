/// What a link shows of the memory that it points at.
package struct LinkedOutline: Hashable, Sendable {
    /// It may be in another namespace than the link.
    package var memory: MemoryKey
    package var summary: String
    /// `MemoryScore.points`, as of when it was read.
    package var points: Int
}
