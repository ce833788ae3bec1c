/// Where a parser has put U+FFFD in the place of half a surrogate pair.
struct JSONRepairs {
    /// Paths are kept track of.
    let knowsPaths: Bool
    private(set) var isNeeded = false
    /// Without repetition, in the order of the text; `maximumPaths` at the most.
    private(set) var paths: [String] = []
    private var steps: [Step] = []

    /// Of one text; what is repaired beyond is not named.
    static let maximumPaths = 100

    private enum Step {
        case name(String)
        case index(Int)
    }

    init(knowsPaths: Bool) { self.knowsPaths = knowsPaths }

    mutating func enter(_ name: String) {
        if knowsPaths { steps.append(.name(name)) }
    }

    mutating func enter(_ index: Int) {
        if knowsPaths { steps.append(.index(index)) }
    }

    mutating func leave() {
        if knowsPaths { steps.removeLast() }
    }

    /// A half was replaced in the string that is being read. A member's name counts for the object that it is in.
    mutating func note() {
        isNeeded = true
        guard knowsPaths, paths.count < Self.maximumPaths else { return }
        var path = ""
        for step in steps {
            switch step {
            case .name(let name): path += path.isEmpty ? name : "." + name
            case .index(let index): path += "[\(index)]"
            }
        }
        if paths.last != path { paths.append(path) }
    }
}
