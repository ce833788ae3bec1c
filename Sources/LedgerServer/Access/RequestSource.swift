/// Keeps pages in a browser from calling the server: neither by a name that their author points at this machine (DNS
/// rebinding), nor across origins.
///
/// A browser says in Host by which name it came, and in Origin which page sends the request. Programs send no Origin.
struct RequestSource: Sendable {
    private let hosts: Set<String>?
    private let origins: Set<String>

    /// - Parameter host: at which the listener is.
    init(host: String, _ configuration: ServerConfiguration) {
        let own = HostName.normalized(host).map { [$0] } ?? []
        let named = Set(configuration.allowedHosts.compactMap(HostName.normalized)).union(own)
        if HostName.isLoopback(host) {
            hosts = named.union(["localhost", "127.0.0.1", "[::1]"])
        } else {
            // Who calls from elsewhere needs a token, which no page of another's has.
            hosts = configuration.allowedHosts.isEmpty ? nil : named
        }
        origins = Set(configuration.allowedOrigins.compactMap(OriginName.normalized))
    }

    /// Why a request is not answered; nil: it is.
    func refusal(host: String?, origin: String?) -> String? {
        if let hosts {
            guard let host, let name = HostName.ofHeader(host), hosts.contains(name) else {
                return "this server does not answer to that Host; see --allowed-hosts"
            }
        }
        if let origin {
            guard let name = OriginName.normalized(origin), origins.contains(name) else {
                return "requests from pages of that Origin are not answered; see --allowed-origins"
            }
        }
        return nil
    }
}
