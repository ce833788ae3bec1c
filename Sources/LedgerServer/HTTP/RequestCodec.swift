import HTTPTypes
import LedgerService
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Stands behind the parser: reads heads, and answers what is no request, with a message as every other error has one.
///
/// Invariants:
/// 1. What is no request is answered behind all requests that came before it. Hummingbird sees to that: it is told of
///    an error, writes an empty 400 once everything else is answered, and this puts the right answer in its place.
/// 2. Nothing is read as a request behind that, and the connection is closed when the answer is sent.
/// 3. The client can read the answer: what it has sent and still sends is read and thrown away, for `maximumLingering`.
final class RequestCodec: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a refused client may take to read its answer and to close.
    private static let maximumLingering = TimeAmount.seconds(2)

    private let isSecure: Bool
    private let maximumHeaderBytes: Int
    private let line: RequestLine
    private let refused: @Sendable (_ status: Int) -> Void
    /// Requests that were passed on and whose answers are not written to their end.
    private var unanswered = 0
    private var refusal: RequestRefusal?
    /// The body of the refusal, while it stands in for Hummingbird's answer.
    private var replacement: ByteBuffer?
    private var wasHTTP10 = false
    private var lingering: Scheduled<Void>?
    /// Is told of the end of a connection that lingers.
    private var closed: EventLoopPromise<Void>?

    /// - Parameter line: before the parser of the same connection.
    init(
        isSecure: Bool, maximumHeaderBytes: Int, line: RequestLine, refused: @escaping @Sendable (_ status: Int) -> Void
    ) {
        self.isSecure = isSecure
        self.maximumHeaderBytes = maximumHeaderBytes
        self.line = line
        self.refused = refused
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            do {
                let request = try RequestHead.read(head, isSecure: isSecure)
                unanswered += 1
                if head.version.minor == 0 { wasHTTP10 = true }
                context.fireChannelRead(wrapInboundOut(.head(request)))
            } catch {
                refuse(error, context)
            }
        case .body(let body): context.fireChannelRead(wrapInboundOut(.body(body)))
        case .end(let trailers):
            line.restart()
            context.fireChannelRead(wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if lingering != nil { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Behind the first one the parser has nothing but complaints.
        guard refusal == nil else { return }
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(self.refusal(of: error), context)
    }

    private func refuse(_ refusal: RequestRefusal, _ context: ChannelHandlerContext) {
        self.refusal = refusal
        context.fireErrorCaught(HTTPParserError.unknown)
    }

    private func refusal(of error: HTTPParserError) -> RequestRefusal {
        switch error {
        case .headerOverflow where !line.hasEnded:
            RequestRefusal(414, "the path and query are longer than \(maximumHeaderBytes) bytes")
        case .headerOverflow:
            RequestRefusal(
                431, "the headers are larger than \(maximumHeaderBytes) bytes, or too many")
        case .invalidVersion: RequestRefusal(400, "this server speaks HTTP/1.1")
        case .invalidMethod: RequestRefusal(400, "the request is no HTTP: its method is none")
        case .invalidURL: RequestRefusal(400, "the request is no HTTP: its target is no path")
        case .invalidHeaderToken: RequestRefusal(400, "the request is no HTTP: a header has a character that none has")
        case .invalidContentLength, .unexpectedContentLength:
            RequestRefusal(400, "the request is no HTTP: the length of its body is no number, or said twice")
        case .invalidChunkSize: RequestRefusal(400, "the request is no HTTP: a chunk's size is no number")
        case .invalidEOFState, .closedConnection: RequestRefusal(400, "the request ended before it was whole")
        default: RequestRefusal(400, "the request is no HTTP")
        }
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if unanswered == 0, let refusal { return write(refusal, context, promise) }
            var head = head
            // A client that old takes the connection for closed unless it is told otherwise.
            if wasHTTP10, head.headerFields[.connection] == nil { head.headerFields[.connection] = "keep-alive" }
            context.write(wrapOutboundOut(.head(HTTPResponseHead(head))), promise: promise)
        case .body(let body): context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: promise)
        case .end(let trailers):
            if let body = replacement {
                replacement = nil
                context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            }
            unanswered = max(0, unanswered - 1)
            context.write(wrapOutboundOut(.end(trailers.map(HTTPHeaders.init))), promise: promise)
        }
    }

    private func write(
        _ refusal: RequestRefusal, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        refused(refusal.status)
        let answer = ServiceAnswer.failure(refusal.status, refusal.message)
        replacement = ByteBuffer(bytes: answer.body)
        var headers = HTTPHeaders(answer.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        headers.add(name: "content-length", value: "\(answer.body.count)")
        headers.add(name: "connection", value: "close")
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    // MARK: Closing

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // A close with unread bytes would reset the connection before the client has read the answer.
        guard mode == .all, refusal != nil, lingering == nil, context.channel.isActive else {
            return context.close(mode: mode, promise: promise)
        }
        closed = promise
        lingering = context.eventLoop.assumeIsolated().scheduleTask(in: Self.maximumLingering) { [self] in
            closeForGood(context)
        }
        context.close(mode: .output, promise: nil)
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if lingering != nil, event as? ChannelEvent == .inputClosed { closeForGood(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        lingering?.cancel()
        closed?.succeed()
        closed = nil
        context.fireChannelInactive()
    }

    private func closeForGood(_ context: ChannelHandlerContext) {
        let promise = closed
        closed = nil
        context.close(mode: .all, promise: promise)
    }
}
