/// The paths of the old program's HTTP API; each takes a POST. What needs search or scores will be paths here.
package enum CompatiblePath: String, CaseIterable, Hashable, Sendable {
    case login = "/login"
    case add = "/add_memory"
    case get = "/get_memory"
    case update = "/update_memory"
    case rename = "/update_memory_key"
}
