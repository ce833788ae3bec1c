/// Where a memory stands in its life.
public enum MemoryStatus: String, Hashable, Sendable, CaseIterable {
    case active, cold, deprecated, deleted
}
