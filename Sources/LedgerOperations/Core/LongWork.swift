package import MemoryLedger

/// Keeps long work out of the way of short calls.
///
/// A server runs a call about one memory on the event loop of its connection, whose other connections wait meanwhile. A
/// memory can be long, which is known once it is read.
package enum LongWork {
    /// More of a text, in bytes, is long work to write as JSON.
    package static let textBytes = 1 << 16
    /// More links are long work to look up.
    package static let links = 100

    package static func isNeeded(for content: MemoryContent) -> Bool {
        content.text.utf8.count > textBytes || content.links.count > links
    }

    /// Runs the body, on the threads that all tasks share if it is long.
    package static func run<T>(if isLong: Bool, _ body: () async throws -> T) async rethrows -> T {
        guard isLong else { return try await body() }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await body() }
    }
}
