import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends the wait for a request that does not arrive whole and for a client that does not read, and lets no close cut
/// an answer off that is being sent.
///
/// A connection without a request is not its business: that is what the idle timeout is for.
///
/// Invariants:
/// 1. A refusal that it sends by itself answers the only request that has no answer.
/// 2. A connection is closed when what was answered is sent, or `limit` later.
/// 3. A connection that takes nothing of what is sent is closed after `limit` to twice that.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private let refused: @Sendable (_ status: Int) -> Void
    private var isArriving = false
    /// Requests whose heads have come and whose answers are not written to their end.
    private var unanswered = 0
    private var hasBegunAnswer = false
    private var closesBehindAnswer = false
    /// The last request did not arrive in time: the connection is closed when all before it are answered.
    private var isLate = false
    private var timer: Scheduled<Void>?
    /// Looks whether the client reads, while there is more to send than the socket takes.
    private var watch: Scheduled<Void>?
    private var closing: Scheduled<Void>?
    /// The end of the last answer, until it is sent.
    private var unsent: EventLoopFuture<Void>?

    /// - Parameter limit: from a request's head to the end of its body, and for an answer to be sent when the
    ///   connection is to be closed.
    init(_ limit: TimeAmount, refused: @escaping @Sendable (_ status: Int) -> Void) {
        self.limit = limit
        self.refused = refused
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isArriving = true
            unanswered += 1
        case .body: break
        case .end:
            isArriving = false
            timer?.cancel()
            timer = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests arrive in one piece and need no timer.
        if isArriving, timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in giveUp(context) }
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        // A client that asked before it sends is told to: the answer is still to come.
        case .head(let head) where head.status.kind == .informational: context.write(data, promise: promise)
        case .head(let head):
            hasBegunAnswer = true
            if head.headerFields[.connection] == "close" { closesBehindAnswer = true }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            hasBegunAnswer = false
            unanswered = max(0, unanswered - 1)
            let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
            unsent = sent.futureResult
            guard closesBehindAnswer || (isLate && unanswered <= 1) else { return context.write(data, promise: sent) }
            context.writeAndFlush(data, promise: sent)
            // A close with unread bytes would reset the connection before the client has read the answer.
            if isArriving {
                context.close(mode: .output, promise: nil)
            } else {
                close(context: context, mode: .all, promise: nil)
            }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, let unsent else { return context.close(mode: mode, promise: promise) }
        unsent.assumeIsolated().whenComplete { _ in context.close(mode: .all, promise: promise) }
        // A client that does not read keeps nothing open.
        guard closing == nil else { return }
        closing = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(mode: .all, promise: nil) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        watch?.cancel()
        watch = nil
        if !context.channel.isWritable { watchOver(context, unsentBytes: Int.max) }
        context.fireChannelWritabilityChanged()
    }

    /// - Parameter unsentBytes: what there was to send when it was looked at before.
    private func watchOver(_ context: ChannelHandlerContext, unsentBytes before: Int) {
        watch = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            let unsent = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
            guard let unsent, unsent < before else { return context.close(mode: .all, promise: nil) }
            watchOver(context, unsentBytes: unsent)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func stop() {
        for scheduled in [timer, watch, closing] { scheduled?.cancel() }
        (timer, watch, closing) = (nil, nil, nil)
    }

    private func giveUp(_ context: ChannelHandlerContext) {
        timer = nil
        guard unanswered == 1, !hasBegunAnswer, !closesBehindAnswer else {
            // What came before it is answered first.
            isLate = true
            if unanswered <= 1 { close(context: context, mode: .all, promise: nil) }
            return
        }
        refused(Int(HTTPResponse.Status.requestTimeout.code))
        let body = #"{"success":false,"message":"the request did not arrive in time"}"#
        let head = HTTPResponse(
            status: .requestTimeout,
            headerFields: [
                .connection: "close", .contentLength: "\(body.utf8.count)",
                .contentType: "application/json;charset=utf-8",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
