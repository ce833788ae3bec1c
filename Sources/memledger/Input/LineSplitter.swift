/// Makes lines of bytes that come in pieces, and keeps no more of them than a line may have.
struct LineSplitter {
    enum Found: Equatable {
        case line([UInt8])
        /// It has more bytes than a line may have. What is left of it is skipped.
        case tooLong
    }

    private let maximumBytes: Int
    private var rest: ArraySlice<UInt8> = []
    private var begun: [UInt8] = []
    private var isSkipping = false

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Takes the next piece. Lines of the former one that were not taken are lost.
    mutating func add(_ piece: [UInt8]) { rest = piece[...] }

    /// The next line, without its end; nil if a piece must be added.
    mutating func next() -> Found? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            let piece = rest[..<(end ?? rest.endIndex)]
            rest = end.map { rest[($0 + 1)...] } ?? []
            if isSkipping {
                isSkipping = end == nil
                continue
            }
            guard begun.count + piece.count <= maximumBytes else {
                begun = []
                isSkipping = end == nil
                return .tooLong
            }
            begun += piece
            guard end != nil else { return nil }
            defer { begun = [] }
            return .line(begun)
        }
        return nil
    }

    /// What stands behind the last end of a line; nil if there is nothing.
    mutating func last() -> Found? {
        guard !begun.isEmpty else { return nil }
        defer { begun = [] }
        return .line(begun)
    }
}
