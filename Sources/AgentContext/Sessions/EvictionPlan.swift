import MemoryLedger

/// A message in a queue, as far as an eviction looks at it.
struct QueuedMessage: Hashable, Sendable {
    var number: Int64
    var role: SessionMessage.Role
    var tokens: Int
    /// Ids of the calls that it makes; a call without one has an empty text.
    var calls: [String] = []
    /// The call that it is the result of; nil if it is none, or does not say.
    var result: String?
}

/// Which messages of a queue an eviction takes out: the oldest, as few as will do, and never a call without its result.
struct EvictionPlan: Hashable, Sendable {
    /// How many of the queue's messages go.
    var count: Int
    var tokens: Int

    /// - Parameters:
    ///   - queue: the oldest first.
    ///   - room: tokens that the rest of the queue may have, beside the new summary and what is before the queue.
    ///   - share: at least so many of the queue's tokens go.
    /// - Returns: nil if nothing can go.
    init?(_ queue: [QueuedMessage], room: Int, share: Int) {
        let total = queue.reduce(0) { $0 + $1.tokens }
        let held = Self.held(queue)
        var tokens = 0
        var last: (count: Int, tokens: Int)?
        for (index, message) in queue.enumerated() {
            tokens += message.tokens
            guard !held.contains(index + 1) else { continue }
            last = (index + 1, tokens)
            if tokens >= share, total - tokens <= room { break }
        }
        guard let last else { return nil }
        (count, self.tokens) = last
    }

    /// The places between messages at which a queue must not be cut: before a result whose call is behind, and behind
    /// calls that wait for their results still. A place is the number of messages before it.
    static func held(_ queue: [QueuedMessage]) -> Set<Int> {
        var held: Set<Int> = []
        var calls: [String: Int] = [:]
        var lastCaller: Int?
        var waiting: Set<String> = []
        for (index, message) in queue.enumerated() {
            if message.role == .tool {
                // One that does not say belongs to the last call before it.
                let caller = message.result.flatMap { calls[$0] } ?? lastCaller
                if let caller { held.formUnion(caller + 1...index) }
                if let result = message.result { waiting.remove(result) }
            } else if !message.calls.isEmpty {
                for call in message.calls where !call.isEmpty { calls[call] = index }
                lastCaller = index
                waiting = Set(message.calls)
            } else if message.role == .user {
                // The conversation went on without them.
                waiting = []
            }
        }
        if !waiting.isEmpty, let lastCaller { held.formUnion(lastCaller + 1...queue.count) }
        return held
    }
}
