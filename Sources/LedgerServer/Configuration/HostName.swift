import NIOCore

/// Names of hosts as they are in addresses, in settings and in the header Host: lower case, without the dot of the
/// root, addresses of IPv6 in brackets and as short as they can be.
enum HostName {
    /// Only programs of this machine reach it.
    static func isLoopback(_ host: String) -> Bool {
        guard let name = normalized(host) else { return false }
        if name == "localhost" || name == "[::1]" || name.hasPrefix("[::ffff:127.") { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// What a person writes of a host, with or without a port, an address of IPv6 with or without brackets; nil if it
    /// is no host.
    static func normalized(_ text: String) -> String? { addressOfVersion6(text[...]) ?? ofHeader(text) }

    /// A header Host without its port; nil if it is no host.
    static func ofHeader(_ value: String) -> String? {
        if value.utf8.first == UInt8(ascii: "[") {
            guard let end = value.firstIndex(of: "]") else { return nil }
            let rest = value[value.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            return addressOfVersion6(value[..<end].dropFirst())
        }
        var name = value[...]
        // By bytes, as everything here is: each request is asked this.
        if let colon = name.utf8.firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(name[colon...]) else { return nil }
            name = name[..<colon]
        }
        if name.utf8.last == UInt8(ascii: ".") { name = name[..<name.utf8.index(before: name.endIndex)] }
        return areLabels(name) ? lowercased(name) : nil
    }

    /// One or more with dots between them.
    private static func areLabels(_ name: Substring) -> Bool {
        var isInLabel = false
        for byte in name.utf8 {
            if byte == UInt8(ascii: ".") {
                guard isInLabel else { return false }
                isInLabel = false
            } else {
                guard isOfName(byte) else { return false }
                isInLabel = true
            }
        }
        return isInLabel
    }

    private static func lowercased(_ name: Substring) -> String {
        name.utf8.contains { (0x41...0x5a).contains($0) } ? name.lowercased() : String(name)
    }

    private static func addressOfVersion6(_ text: Substring) -> String? {
        guard text.contains(":"), let address = try? SocketAddress(ipAddress: String(text), port: 0) else { return nil }
        return address.ipAddress.map { "[\($0.lowercased())]" }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        let digits = text.utf8.dropFirst()
        return text.utf8.first == UInt8(ascii: ":") && !digits.isEmpty
            && digits.allSatisfy { (0x30...0x39).contains($0) } && UInt16(Substring(digits)) != nil
    }
}

/// Where a page in a browser is from: `https://ledger.example:8443`.
enum OriginName {
    private static let standardPorts = ["http": ":80", "https": ":443"]

    /// As browsers send it, without the standard port; nil if it is no origin.
    static func normalized(_ text: String) -> String? {
        guard let colon = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<colon.lowerBound].lowercased()
        guard scheme.utf8.first.map({ (0x61...0x7a).contains($0) }) == true,
            scheme.utf8.allSatisfy({
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
            })
        else { return nil }
        var rest = text[colon.upperBound...]
        if rest.hasSuffix("/") { rest.removeLast() }
        guard let host = HostName.ofHeader(String(rest)) else { return nil }
        let bracket = rest.lastIndex(of: "]") ?? rest.startIndex
        let port = rest[bracket...].lastIndex(of: ":").map { rest[$0...].lowercased() } ?? ""
        return scheme + "://" + host + (port == standardPorts[scheme] ? "" : port)
    }
}
