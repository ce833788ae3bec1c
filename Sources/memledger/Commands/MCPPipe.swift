import LedgerService

/// A client of the Model Context Protocol at the other end of standard input and output.
struct MCPPipe {
    private let connection: MCPConnection

    /// Requests that are answered at the same time; the next line is read when there is room for it.
    private static let maximumRunning = 64

    init(_ connection: MCPConnection) { self.connection = connection }

    /// Answers until the input ends. What was begun is answered before it returns, and after a signal, too.
    ///
    /// - Throws: `CancellationError` after a signal, `OutputClosed`, `FileFailure`.
    func serve() async throws {
        let writer = LineWriter()
        var lines = InputLines(maximumBytes: MCPConnection.maximumLineBytes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            while let line = try await lines.next() {
                try writer.check()
                switch reception(of: line) {
                case .nothing: break
                case .answer(let bytes): try await writer.write(bytes)
                case .work(let work):
                    if running == Self.maximumRunning {
                        try await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask {
                        if let bytes = await work.answer() { try await writer.write(bytes) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func reception(of line: LineSplitter.Found) -> MCPConnection.Reception {
        switch line {
        case .line(let bytes): connection.receive(bytes)
        case .tooLong: .answer(MCPConnection.answerToLongLine)
        }
    }
}
