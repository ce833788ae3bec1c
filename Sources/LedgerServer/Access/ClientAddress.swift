import NIOCore

/// Where a connection is from, as the operating system says it; no header changes that.
struct ClientAddress: Sendable {
    /// Without the port.
    let text: String

    init(_ text: String) { self.text = text }

    init(_ address: SocketAddress?) { text = address?.ipAddress ?? "unknown" }

    /// Who shares a measure: an address of IPv4, and of IPv6 the 64 bits that a network is given, since its every
    /// machine has as many addresses as it likes.
    var network: String {
        guard text.contains(":") else { return text }
        if text.hasPrefix(Self.version4), text.contains(".") { return String(text.dropFirst(Self.version4.count)) }
        let gap = text.firstRange(of: "::")
        let head = text[..<(gap?.lowerBound ?? text.endIndex)].split(separator: ":")
        let tail = gap.map { text[$0.upperBound...].split(separator: ":") } ?? []
        let zeros = Array(repeating: Substring("0"), count: max(0, Self.groups - head.count - tail.count))
        return (head + zeros + tail).prefix(Self.groups / 2).joined(separator: ":") + "::/64"
    }

    /// An address of IPv4 at a listener of IPv6.
    private static let version4 = "::ffff:"
    private static let groups = 8
}
