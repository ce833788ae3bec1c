public import EventLog
public import MemoryLedger

/// What goes to a model, in its order.
///
///     for segment in context.segments { print(segment.type, segment.tokens) }
public struct AssembledContext: Hashable, Sendable {
    public var segments: [ContextSegment]
    public var budget: Int
    /// The log's position at which it stands so.
    public var position: Position
    /// Messages of the queue that had no room; the oldest are left out.
    public var leftOut: Int

    public var tokens: Int { segments.reduce(0) { $0 + $1.tokens } }
}

/// A part of a context.
public struct ContextSegment: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The role's instructions.
        case system
        /// A block of working context.
        case working
        /// A memory that was asked for.
        case memory
        /// Of what was evicted.
        case summary
        /// A message.
        case queue
    }

    public var type: Kind
    /// Of a block its label, of a memory its key, of a message its number.
    public var name: String
    public var content: String
    public var tokens: Int
    /// Of a message: who says it.
    public var role: String?
    /// Of a memory.
    public var version: StreamVersion?
    /// Of a message its calls, and the call that it is the result of; of a block its settings.
    public var metadata = JSONObject()

    public init(_ type: Kind, name: String = "", content: String, tokens: Int) {
        (self.type, self.name, self.content, self.tokens) = (type, name, content, tokens)
    }
}

/// Puts a context together within a budget: everything that stands before the queue, and as much of the queue's end as
/// has room, a call never without its result.
struct ContextAssembly {
    var fixed: [ContextSegment]
    var queue: [ContextRows.QueuedSegment]
    var budget: Int

    /// - Throws: `AgentContextError.noRoom` if what stands before the queue has none.
    func assembled(at position: Position) throws -> AssembledContext {
        let room = budget - fixed.reduce(0) { $0 + $1.tokens }
        guard room >= 0 else {
            let parts = fixed.map { "\($0.type.rawValue)\($0.name.isEmpty ? "" : " \($0.name)") \($0.tokens)" }
            throw AgentContextError(
                .noRoom,
                "A budget of \(budget) tokens has no room for what stands before the messages ("
                    + parts.joined(separator: ", ") + "); give a larger one, or shorten these.")
        }
        let held = EvictionPlan.held(queue.map(\.message))
        var first = queue.count
        var taken = 0
        for index in queue.indices.reversed() {
            taken += queue[index].segment.tokens
            guard taken <= room else { break }
            // A queue that begins with a result would leave its call out.
            if index == 0 || !held[index] { first = index }
        }
        return AssembledContext(
            segments: fixed + queue[first...].map(\.segment), budget: budget, position: position, leftOut: first)
    }
}
