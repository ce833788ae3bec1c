import Testing

@testable import EventLog

/// Goal: a task that waits for the head is woken once, by growth, time, cancellation or the end, and leaves nothing.
/// Method: waits that end in each way, alone and all at the same moment.
@Suite struct HeadSignalTests {
    @Test(.timeLimit(.minutes(5))) func aWaitEndsWhenTheHeadIsBeyondItsPosition() async throws {
        let signal = HeadSignal()
        let waits = (0..<5).map { position in
            Task { await signal.wait(after: Position(position), milliseconds: nil) }
        }
        #expect(try await eventually { signal.waitingCount == 5 })
        signal.advance(to: 3)
        for wait in waits[..<3] { await wait.value }
        #expect(signal.waitingCount == 2)
        signal.advance(to: 2)
        #expect(signal.waitingCount == 2)
        await signal.wait(after: 2, milliseconds: nil)
        signal.wakeAll()
        for wait in waits { await wait.value }
        #expect(signal.waitingCount == 0)
    }

    @Test(.timeLimit(.minutes(5))) func aWaitEndsWhenItsTimeIsUp() async {
        let signal = HeadSignal()
        let waited = await ContinuousClock().measure { await signal.wait(after: 0, milliseconds: 20) }
        #expect(waited >= .milliseconds(19))
        #expect(signal.waitingCount == 0)
    }

    /// After the end no task begins to wait any more: a wait that is entered late by a moment would never end.
    @Test(.timeLimit(.minutes(5))) func afterTheEndNobodyWaits() async {
        let signal = HeadSignal()
        signal.wakeAll()
        await signal.wait(after: 0, milliseconds: nil)
        #expect(signal.waitingCount == 0)
    }

    /// Growth, time and cancellation at once: each wait ends, once, and none is left.
    @Test(.timeLimit(.minutes(5))) func allEndsAtOnceLeaveNothing() async {
        let signal = HeadSignal()
        for round in 0..<200 {
            let waits = (0..<20).map { index in
                Task { await signal.wait(after: Position(round), milliseconds: index % 2 == 0 ? 1 : nil) }
            }
            await Task.yield()
            for wait in waits[..<10] { wait.cancel() }
            signal.advance(to: Position(round + 1))
            for wait in waits { await wait.value }
            #expect(signal.waitingCount == 0)
        }
        #expect(signal.isEmpty)
    }
}
