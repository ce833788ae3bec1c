import NIOCore

/// Stands before the parser, and knows whether a request's first line has come to its end: a head that is too large is
/// refused by the parser without saying which part of it was.
///
/// Of requests that come in one piece it is told where each ends, but not where the parser is within one. So the answer
/// to a second one with too large a head may name the wrong part.
final class RequestLine: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private(set) var hasEnded = false

    /// The request is read; what follows is another.
    func restart() { hasEnded = false }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasEnded { hasEnded = unwrapInboundIn(data).readableBytesView.contains(UInt8(ascii: "\n")) }
        context.fireChannelRead(data)
    }
}
