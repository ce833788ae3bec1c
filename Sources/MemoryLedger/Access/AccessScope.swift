/// How much a caller may do. Each includes the ones before it.
public enum AccessScope: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Read the memories of the namespaces. That such a read is counted needs no more.
    case read
    /// Change them, too.
    case write
    /// Also what concerns the ledger as a whole: its policy, its keys, its tables, its log, its tokens.
    case admin

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
