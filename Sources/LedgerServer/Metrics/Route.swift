/// What a path leads to, for metrics and logs.
enum Route: String, CaseIterable, Hashable, Sendable {
    case login
    case addMemory = "add_memory"
    case getMemory = "get_memory"
    case updateMemory = "update_memory"
    case updateMemoryKey = "update_memory_key"
    case mcp
    case health
    case metrics
    /// Anything else, which is answered that there is no such thing.
    case none

    /// Of the compatible API.
    init(compatiblePath path: String) {
        self =
            switch path {
            case "/login": .login
            case "/add_memory": .addMemory
            case "/get_memory": .getMemory
            case "/update_memory": .updateMemory
            case "/update_memory_key": .updateMemoryKey
            default: .none
            }
    }
}
