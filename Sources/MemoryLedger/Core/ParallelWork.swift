import Dispatch
import Synchronization

/// The same work for each element of a long list, by several cores.
enum ParallelWork {
    /// Elements that a core takes at once. A list that has not two such pieces is not worth waking another core for.
    private static let pieceCount = 125

    /// - Returns: in the order of the elements.
    /// - Throws: what the body throws of the first element of which it throws.
    static func map<Element: Sendable, Made: Sendable>(
        _ elements: [Element], _ body: @Sendable (Element) throws -> Made
    ) throws -> [Made] {
        let pieces = elements.count / pieceCount
        guard pieces > 1 else { return try elements.map(body) }
        let made = Mutex<[Result<[Made], any Error>?]>(Array(repeating: nil, count: pieces))
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            let first = piece * pieceCount
            let end = piece == pieces - 1 ? elements.count : first + pieceCount
            let result = Result { try elements[first..<end].map(body) }
            made.withLock { $0[piece] = result }
        }
        return try made.withLock { $0 }.flatMap { try $0?.get() ?? [] }
    }
}
