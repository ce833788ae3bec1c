/// What goes beyond is refused.
public enum ContextLimits {
    /// Bytes of a name: of a user, a role, an agent.
    public static let nameBytes = 256
    /// Bytes of a message, a summary, a role's instructions.
    public static let contentBytes = 1 << 20
    /// Bytes of the calls of a message, and of a role's settings.
    public static let metadataBytes = 1 << 18
    /// Messages, sessions, users of a page.
    public static let pageEntries = 1_000
    /// Tokens that a caller may give for one text.
    public static let tokens = 100_000_000
    /// Messages in a session's queue: then some must be evicted.
    public static let queueMessages = 10_000
    /// Tags of a passage, or asked for at once.
    public static let tags = 64
    /// Bytes of a passage's embedding.
    public static let embeddingBytes = 1 << 16
    /// Memories that go into one context.
    public static let includedMemories = 100
    /// Operations of a proposal.
    public static let proposalChanges = 1_000
    /// What a proposal names that it was made from.
    public static let proposalReads = 10_000
    /// Users whose a proposal is, or whom its changes are protected for or come from.
    public static let proposalUsers = 256
    /// Bytes of a proposal, with all that it would append.
    public static let proposalBytes = 16 << 20
    /// Buckets of a timeline.
    public static let timelineBuckets = 1_000
    /// Groups that a timeline tells apart.
    public static let timelineGroups = 100
    /// Groups that a timeline finds, of which it tells the largest apart.
    public static let timelineGroupsFound = 100_000
}
