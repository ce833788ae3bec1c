import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// How a connection is set up: the parser, what reads heads, what watches over time, and Hummingbird.
///
/// It is Hummingbird's own `HTTP1Channel` but for `RequestCodec`, which has to see what a request said before it is
/// put into another form: its version, its target, and each of its Hosts.
struct ServerChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let configuration: ServerConfiguration
    let responder: Responder
    /// Is told the status of each answer to what is no request.
    let refused: @Sendable (_ status: Int) -> Void

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = configuration.maximumHeaderBytes
            limits.maxHeaderListSize = configuration.maximumHeaderBytes
            let pipeline = channel.pipeline.syncOperations
            let line = RequestLine()
            try pipeline.addHandler(line)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
            try pipeline.addHandler(
                RequestCodec(
                    isSecure: configuration.tlsCertificate != nil,
                    maximumHeaderBytes: configuration.maximumHeaderBytes, line: line, refused: refused))
            try pipeline.addHandler(
                RequestDeadline(.seconds(Int64(configuration.requestTimeoutSeconds)), refused: refused))
            try pipeline.addHandler(
                HTTPConnectionStateHandler(
                    idleTimeout: .seconds(configuration.idleTimeoutSeconds), logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
            await handleHTTP(asyncChannel: value, logger: logger)
        }
    }
}
