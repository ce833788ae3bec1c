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
            guard !held[index + 1] else { continue }
            last = (index + 1, tokens)
            if tokens >= share, total - tokens <= room { break }
        }
        guard let last else { return nil }
        (count, self.tokens) = last
    }

    /// The places between messages at which a queue must not be cut: before a result whose call is behind, and behind
    /// calls that wait for their results still. A place is the number of messages before it.
    static func held(_ queue: [QueuedMessage]) -> [Bool] {
        var calls: [String: Int] = [:]
        // For each message with calls, the last message that belongs to it.
        var ends: [Int: Int] = [:]
        var waiting = WaitingCalls()
        for (index, message) in queue.enumerated() {
            if message.role == .tool {
                // One that does not say, or names an unknown call, belongs to the last message with calls.
                if let caller = message.result.flatMap({ calls[$0] }) ?? waiting.caller { ends[caller] = index }
                waiting.end(message.result)
            } else if !message.calls.isEmpty {
                for call in message.calls where !call.isEmpty { calls[call] = index }
                waiting = WaitingCalls(caller: index, message.calls)
            } else if message.role != .system {
                // The conversation went on without them.
                waiting.endAll()
            }
        }
        if let caller = waiting.caller, !waiting.isEmpty { ends[caller] = queue.count }
        // Each span begins behind its message with calls.
        var changes = Array(repeating: 0, count: queue.count + 2)
        for (caller, end) in ends where end > caller {
            changes[caller + 1] += 1
            changes[end + 1] -= 1
        }
        var depth = 0
        return (0...queue.count).map { place in
            depth += changes[place]
            return depth > 0
        }
    }
}

/// The calls of a message whose results have not come yet.
private struct WaitingCalls {
    /// The message's place.
    private(set) var caller: Int?
    private var named: [String] = []
    private var unnamed = 0

    init() {}

    init(caller: Int, _ calls: [String]) {
        self.caller = caller
        named = calls.filter { !$0.isEmpty }
        unnamed = calls.count - named.count
    }

    var isEmpty: Bool { named.isEmpty && unnamed == 0 }

    /// A result came; one that names none of them is of any.
    mutating func end(_ call: String?) {
        if let call, let place = named.firstIndex(of: call) {
            named.remove(at: place)
        } else if unnamed > 0 {
            unnamed -= 1
        } else if !named.isEmpty {
            named.removeFirst()
        }
    }

    mutating func endAll() { (named, unnamed) = ([], 0) }
}
