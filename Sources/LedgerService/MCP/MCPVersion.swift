/// A revision of the protocol. Up to 2025-11-25 a connection begins with a handshake; since then each request stands
/// alone and says what it needs.
enum MCPVersion: String, Sendable, CaseIterable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    var isStateless: Bool { self == .july2026 }
    /// Several messages in one array; only one revision ever had that.
    var hasBatches: Bool { self == .march2025 }

    /// What a client gets that asks for a version with a handshake that is not known.
    static let newestWithHandshake = MCPVersion.november2025
    /// What a request over HTTP is of that has no header for it; the specification says so.
    static let withoutHeader = MCPVersion.march2025

    /// What a request may name by itself: the one list that is told of versions. A handshake agrees on the others.
    static let stateless = allCases.filter(\.isStateless)
}
