import FaultLaboratory

/// A kind of fault with the calls that it can befall.
struct FaultSort: Sendable {
    var name: String
    var kind: FaultKind
    /// It stays from then on.
    var isSticky = false
    /// All if empty.
    var operations: Set<FaultOperation> = []

    static let all = [
        FaultSort(name: "eio", kind: .eio), FaultSort(name: "enospc", kind: .enospc),
        FaultSort(name: "full", kind: .enospc, isSticky: true, operations: FaultOperation.needingSpace),
        FaultSort(name: "short", kind: .short, operations: FaultOperation.movingBytes),
        FaultSort(name: "kill", kind: .killBefore), FaultSort(name: "killafter", kind: .killAfter),
    ]

    func plan(_ folder: String, at call: Int? = nil) -> FaultPlan {
        FaultPlan(folder: folder, at: call, kind: kind, sticky: isSticky, operations: operations)
    }
}
