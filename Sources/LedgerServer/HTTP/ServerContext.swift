import Hummingbird
import NIOCore

/// What is known of the connection that a request came by.
struct ServerContext: InitializableFromSource {
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    var client: ClientAddress { ClientAddress(channel.remoteAddress) }
}
