import NIOCore

/// Runs tasks on an event loop.
///
/// What a connection asks for runs on the connection's own, so that a request which is done at once costs no change of
/// threads: those were half of what reading a memory cost. What may take longer must leave the loop (`limited`,
/// `offLoop`), since the loop's other connections wait meanwhile.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
