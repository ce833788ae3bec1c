import Hummingbird
import Logging
import NIOCore

/// What is known of the connection that a request came by.
struct ServerContext: InitializableFromSource {
    let logger: Logger
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        logger = source.logger
        channel = source.channel
    }

    /// The client's address without its port.
    var client: String { channel.remoteAddress?.ipAddress ?? "unknown" }
}
