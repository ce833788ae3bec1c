/// Keeps pages in a browser from calling the server: neither by a name that their author points at this machine (DNS
/// rebinding), nor across origins.
///
/// A browser says in Host by which name it came, and in Origin which page sends the request. Programs send no Origin.
struct RequestSource: Sendable {
    private let hosts: Set<String>?
    private let origins: Set<String>

    init(host: String, _ configuration: ServerConfiguration) {
        let named = Set(configuration.allowedHosts.map { $0.lowercased() })
        if HostName.isLoopback(host) {
            hosts = named.union(["localhost", "127.0.0.1", "[::1]", host.lowercased()])
        } else {
            // Who calls from elsewhere needs a token, which no page of another's has.
            hosts = named.isEmpty ? nil : named.union([host.lowercased()])
        }
        origins = Set(configuration.allowedOrigins.map { $0.lowercased() })
    }

    /// Why a request is not answered; nil: it is.
    func refusal(host: String?, origin: String?) -> String? {
        if let hosts {
            guard let host, let name = HostName.ofHeader(host), hosts.contains(name) else {
                return "this server does not answer to that Host; see --allowed-hosts"
            }
        }
        if let origin, !origins.contains(origin.lowercased()) {
            return "requests from pages of that Origin are not answered; see --allowed-origins"
        }
        return nil
    }
}
