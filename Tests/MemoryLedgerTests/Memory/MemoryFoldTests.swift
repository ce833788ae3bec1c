import EventLog
import Testing

@testable import MemoryLedger

/// Goal: what an event makes of a memory is said in one place, and completely.
/// Method: each kind of event is folded over a memory that stands and over none; that the projector's rows and the past
/// agree with it is what the property tests of both compare.
@Suite struct MemoryFoldTests {
    /// What was answered, and the values that the event set.
    private struct Outcome: Equatable {
        var effect: String
        var version: StreamVersion = 3
        var contentVersion: StreamVersion = 3
        var sourceRow: Int64? = 1
        var counts = [4, 5]
    }

    private static let link = MemoryLink(type: "t", key: "k", term: "x")
    private static let values = MemoryMetaValues(
        createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
        lastLinkedAt: Timestamp(milliseconds: 3), accessCount: 8, traverseCount: 9, status: .active)

    private static func outcome(of body: MemoryEvent, on state: MemoryState?) -> Outcome {
        let event = RecordedEvent(
            position: 9, stream: "mem/tea", version: 7, type: body.type, schemaVersion: 1,
            id: EventID(high: 1, low: 2), recordedAt: Timestamp(milliseconds: 50),
            occurredAt: Timestamp(milliseconds: 40), attribution: Attribution(), payload: [])
        var made: MemoryState?
        let effect: String
        switch MemoryFold.apply(body, of: event, to: state) {
        case .nothing: effect = "nothing"
        case .begin(let new, let content):
            made = new
            effect = "begin \(content.summary) at \(new.id), \(new.createdAt)"
        case .end: effect = "end"
        case .leave(let key): effect = "leave to \(key)"
        case .change(let change): effect = "change \(change.fields)"
        case .link(let link): effect = "link \(link.term)"
        case .unlink(let key, let type, let term): effect = "unlink \(key) \(type ?? "-") \(term ?? "-")"
        }
        guard let shown = made ?? state else { return Outcome(effect: effect, version: 0) }
        return Outcome(
            effect: effect, version: shown.version, contentVersion: shown.contentVersion, sourceRow: shown.sourceRow,
            counts: [shown.accessCount, shown.traverseCount])
    }

    private static var standing: MemoryState {
        let state = MemoryState(id: 2, at: 10, version: 3)
        (state.accessCount, state.traverseCount, state.sourceRow) = (4, 5, 1)
        return state
    }

    private static let content = MemoryContent(summary: "s")
    private static let made = Outcome(
        effect: "begin s at 9, 40", version: 7, contentVersion: 7, sourceRow: nil, counts: [0, 0])
    private static let restored = MemoryEvent.restored(
        MemoryRestoration(content: content, statistics: values, expiresAt: nil, asOf: 1, provenance: nil, restoredID: 2)
    )
    private static let back = Outcome(
        effect: "begin s at 9, 1", version: 7, contentVersion: 7, sourceRow: nil, counts: [8, 9])

    private static let cases: [(body: MemoryEvent, onOne: Outcome)] = [
        (.added(content), made), (.replaced(content), made), (restored, back),
        (.deleted, Outcome(effect: "end", version: 7, contentVersion: 7)),
        (.renamed(newKey: "n"), Outcome(effect: "leave to n", version: 7, contentVersion: 7)),
        (.nameTaken(oldKey: "o"), Outcome(effect: "nothing", version: 7, contentVersion: 7)),
        (
            .updated(MemoryChange(text: "t")),
            Outcome(effect: "change [\"text\"]", version: 7, contentVersion: 7, sourceRow: nil)
        ),
        (.metaSet(values), Outcome(effect: "nothing", version: 7, contentVersion: 7, sourceRow: nil, counts: [8, 9])),
        (.linked(link), Outcome(effect: "link x", version: 7, contentVersion: 7, sourceRow: nil)),
        (
            .unlinked(key: "k", type: "t", term: nil),
            Outcome(effect: "unlink k t -", version: 7, contentVersion: 7, sourceRow: nil)
        ),
        // Reads move the stream on and leave what callers compare.
        (.accessed, Outcome(effect: "nothing", version: 7, counts: [5, 5])),
        (.traversed, Outcome(effect: "nothing", version: 7, counts: [4, 6])),
    ]

    @Test(arguments: cases.indices) func overAMemory(index: Int) {
        let (body, expected) = Self.cases[index]
        #expect(Self.outcome(of: body, on: Self.standing) == expected, "\(body.type)")
    }

    /// What needs a memory does nothing without one.
    @Test(arguments: cases.indices) func overNone(index: Int) {
        let (body, onOne) = Self.cases[index]
        let makesOne = MemoryEvent.Name.turn(of: body.type) == .begins
        let expected = makesOne ? onOne : Outcome(effect: "nothing", version: 0)
        #expect(Self.outcome(of: body, on: nil) == expected, "\(body.type)")
    }

    @Test func linksConnectAndDisconnect() {
        let other = MemoryLink(type: "u", key: "k", term: "y")
        var links = [Self.link, other]
        #expect(links.connect(MemoryLink(type: "t", key: "k", term: "new", weight: 1)) == 0)
        #expect(links == [MemoryLink(type: "t", key: "k", term: "new", weight: 1), other])
        // Without a key the term tells them apart.
        #expect(links.connect(MemoryLink(type: "t", term: "a")) == nil)
        #expect(links.connect(MemoryLink(type: "t", term: "b")) == nil)
        #expect(links.connect(MemoryLink(type: "t", term: "b", weight: 1)) == 3)
        #expect(links.disconnect(from: "k", type: "u", term: "z") == [])
        #expect(links.disconnect(from: "k", type: nil, term: nil) == [0, 1])
        #expect(links.map(\.term) == ["a", "b"] && links[1].weight == 1)
    }
}
