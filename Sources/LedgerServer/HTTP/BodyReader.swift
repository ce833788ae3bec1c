import Hummingbird
import NIOCore
import Synchronization

/// Reads the bodies of requests. Each may have so many bytes, and all that are read or worked on at the same time may
/// have so many together.
///
/// What counts is what has come, not what a client says will come: one that announces much and sends nothing keeps
/// no other out.
final class BodyReader: Sendable {
    enum Failure: Error {
        /// It has more than `maximumBytes`.
        case tooLarge
        /// All together would have more than `maximumTotalBytes`.
        case tooManyTogether
        /// The client has gone, or sends what is no HTTP.
        case ended
    }

    let maximumBytes: Int
    let maximumTotalBytes: Int
    private let total = Atomic<Int>(0)

    init(maximumBytes: Int, maximumTotalBytes: Int) {
        self.maximumBytes = maximumBytes
        self.maximumTotalBytes = maximumTotalBytes
    }

    /// Bytes of all bodies that were read and not released.
    var heldBytes: Int { total.load(ordering: .relaxed) }

    /// Reads a body whole. Its bytes count until they are released.
    ///
    /// - Parameters:
    ///   - length: as the request's head says it; nil if it does not. What is too large by that is not read.
    ///   - begin: called before anything is waited for, if the body may come.
    /// - Throws: `Failure`; then nothing of it counts.
    func read(_ body: RequestBody, length: Int?, begin: () -> Void) async throws(Failure) -> [UInt8] {
        let announced = length ?? 0
        guard announced <= maximumBytes else { throw .tooLarge }
        guard heldBytes + announced <= maximumTotalBytes else { throw .tooManyTogether }
        begin()
        var bytes: [UInt8] = []
        var iterator = body.makeAsyncIterator()
        do {
            while let part = try await iterator.next() {
                guard bytes.count + part.readableBytes <= maximumBytes else { throw Failure.tooLarge }
                try hold(part.readableBytes)
                // Room is made for what has come, not for what was announced.
                bytes += part.readableBytesView
            }
        } catch {
            release(bytes.count)
            throw error as? Failure ?? .ended
        }
        return bytes
    }

    /// - Parameter count: of a body that was read.
    func release(_ count: Int) { total.subtract(count, ordering: .relaxed) }

    private func hold(_ count: Int) throws(Failure) {
        guard total.add(count, ordering: .relaxed).newValue <= maximumTotalBytes else {
            release(count)
            throw .tooManyTogether
        }
    }
}
