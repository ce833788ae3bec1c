import EventLog
import EventLogTesting
import LedgerStorage
import MemoryLedger
import Testing

@testable import AgentContext
@testable import Projections

/// Goal: in whatever order a transaction and a reader come, nothing is kept that the transaction has changed. Method:
/// the cache is told of both by hand, with the reader's steps at each place between those of the transaction.
@Suite struct TurnCacheOrderTests {
    private enum Step: CaseIterable {
        case begin, note, finish
    }

    private static let session = MemoryKey(namespace: "mem", key: "s-1")

    private static func stamp(_ position: Position, generations: String = "1") -> ServingStamp {
        ServingStamp(position: position, generations: generations, deadLetters: 0)
    }

    private static func turn(at position: Position, _ epoch: UInt64) -> Turn {
        var state = SessionState(
            id: session.key, namespace: session.namespace, user: "ann", role: "helper", settings: SessionSettings(),
            openedAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0), messages: 0, evictedThrough: 0,
            evictions: 0, tokens: ContextTokens())
        state.messages = position
        return Turn(state: state, rows: ContextRows(), position: position, epoch: epoch)
    }

    private static func event(at position: Position, in stream: StreamName) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: stream, version: 1, type: "X", schemaVersion: 1, id: EventID(high: 0, low: 0),
            recordedAt: Timestamp(milliseconds: 0), occurredAt: Timestamp(milliseconds: 0), attribution: Attribution(),
            payload: [])
    }

    private static let streams: [StreamName] = ["$sessions:mem/s-1", "$blocks:mem/b-1", "$ledger/erasures"]

    /// The reader looks before one step, and keeps what it read before another one, with a snapshot from before.
    @Test(arguments: streams, [true, false])
    func aReaderKeepsNothingOld(stream: StreamName, isFirstLook: Bool) {
        for look in 0...3 {
            for keep in look...3 {
                let cache = TurnCache()
                if !isFirstLook { _ = cache.find(Self.session, in: Self.stamp(9), needsRows: true) }
                var found: TurnCache.Found?
                for place in 0...3 {
                    if place == look { found = cache.find(Self.session, in: Self.stamp(10), needsRows: true) }
                    if place == keep, let found { cache.keep(Self.turn(at: 10, found.epoch)) }
                    switch place {
                    case 0: cache.begin(at: 10)
                    case 1: cache.note(Self.event(at: 11, in: stream))
                    case 2: cache.finish(through: 400)
                    default: break
                    }
                }
                let after = cache.find(Self.session, in: Self.stamp(400), needsRows: true)
                #expect(!after.isWhole, "looked before step \(look), kept before step \(keep)")
            }
        }
    }

    /// The same beside a change of generations, which makes the reader forget.
    @Test(arguments: streams)
    func aRebuildInBetweenForgetsNoChange(stream: StreamName) {
        for look in 0...3 {
            let cache = TurnCache()
            _ = cache.find(Self.session, in: Self.stamp(10), needsRows: true)
            for place in 0...3 {
                if place == look {
                    let found = cache.find(Self.session, in: Self.stamp(10, generations: "2"), needsRows: true)
                    cache.keep(Self.turn(at: 10, found.epoch))
                }
                switch place {
                case 0: cache.begin(at: 10)
                case 1: cache.note(Self.event(at: 11, in: stream))
                case 2: cache.finish(through: 400)
                default: break
                }
            }
            let after = cache.find(Self.session, in: Self.stamp(400, generations: "2"), needsRows: true)
            #expect(!after.isWhole, "looked before step \(look)")
        }
    }

    @Test func whatOthersWriteAndWhatDoesNotCommitIsForgotten() {
        let cache = TurnCache()
        func keep(_ position: Position) {
            let found = cache.find(Self.session, in: Self.stamp(position), needsRows: true)
            cache.keep(Self.turn(at: position, found.epoch))
        }
        keep(10)
        #expect(cache.find(Self.session, in: Self.stamp(10), needsRows: true).isWhole)
        #expect(!cache.find(Self.session, in: Self.stamp(11), needsRows: true).isWhole, "another process wrote")
        keep(11)
        cache.begin(at: 11)
        cache.note(Self.event(at: 12, in: "$sessions:mem/other"))
        cache.finish(through: 12)
        #expect(cache.find(Self.session, in: Self.stamp(12), needsRows: true).isWhole, "another session's")
        cache.begin(at: 12)
        cache.note(Self.event(at: 13, in: Self.streams[0]))
        cache.forget()
        #expect(!cache.find(Self.session, in: Self.stamp(12), needsRows: true).isWhole, "it was rolled back")
        keep(12)
        #expect(cache.find(Self.session, in: Self.stamp(12), needsRows: true).isWhole)
        #expect(cache.figures.entries == 1)
    }
}
