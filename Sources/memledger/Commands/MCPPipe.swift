import LedgerService

/// A client of the Model Context Protocol at the other end of standard input and output.
///
/// Lines are received as they come, also while requests wait: one of them may cancel what others wait for.
struct MCPPipe {
    private let connection: MCPConnection

    init(_ connection: MCPConnection) { self.connection = connection }

    /// Answers until the input ends. What was begun is answered before it returns, and after a signal, too.
    ///
    /// - Throws: `CancellationError` after a signal, `OutputClosed`, `FileFailure`.
    func serve() async throws {
        let writer = LineWriter()
        let queue = MCPQueue()
        var lines = InputLines(maximumBytes: MCPConnection.maximumLineBytes)
        try await withThrowingDiscardingTaskGroup { group in
            // What still waits was not begun.
            do {
                while let line = try await lines.next() {
                    try writer.check()
                    let (reception, bytes) = received(line)
                    switch reception {
                    case .nothing: break
                    case .answer(let bytes): try await writer.write(bytes)
                    case .work(let work) where work.isImmediate: try await work.answer { try await writer.write($0) }
                    case .work(let work):
                        switch queue.add(work, bytes: bytes) {
                        case .waits: break
                        case .isFull: try await writer.write(work.refuse(MCPQueue.refusal))
                        case .runs(let first):
                            group.addTask {
                                var next: MCPQueue.Entry? = first
                                while let entry = next {
                                    try await entry.work.answer { try await writer.write($0) }
                                    next = queue.next(after: entry)
                                }
                            }
                        }
                    }
                }
            } catch {
                queue.clear()
                throw error
            }
        }
    }

    /// What a line is to be answered with, and how many bytes it has.
    private func received(_ line: LineSplitter.Found) -> (MCPConnection.Reception, Int) {
        switch line {
        case .line(let bytes): (connection.receive(bytes), bytes.count)
        case .tooLong: (.answer(MCPConnection.answerToLongLine), 0)
        }
    }
}
