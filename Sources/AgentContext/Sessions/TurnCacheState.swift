import EventLog
import MemoryLedger
import Projections

/// What a `TurnCache` holds under its lock.
struct TurnCacheState {
    /// How much of the log this process knows.
    struct Known {
        /// What has changed since is known.
        var since: Position
        var head: Position
    }

    /// When a session changed last, and the time before.
    private struct Change {
        var last: Position
        var before: Position
    }

    private struct Kept {
        var turn: Turn
        var bytes: Int
        var use: UInt64
    }

    private(set) var epoch: UInt64 = 0
    private(set) var figures = CacheFigures()
    private var known: Known?
    /// The last that was noted of a transaction, which may be open: what is forgotten of it is not known to have
    /// changed, so nothing that was read before it may be kept.
    private var noted: Position = 0
    /// As they were seen last, at no position.
    private var tables: ServingStamp?
    private var changes: [StreamName: Change] = [:]
    private var shared: [ByteText: Position] = [:]
    private var kept: [StreamName: Kept] = [:]
    private var uses: UInt64 = 0

    /// Sessions and namespaces whose changes are known, some 100 bytes each; at one more, all is forgotten.
    private static let maximumChanges = 16_384
    static let maximumBytes = 32 << 20

    init(maximumBytes: Int) { figures.maximumBytes = maximumBytes }

    // MARK: What is true

    func isKnown(_ turn: Turn) -> Bool { turn.epoch == epoch && known.map { $0.since <= turn.position } ?? false }

    func lastChange(of stream: StreamName) -> Position { changes[stream]?.last ?? 0 }

    func isOnlyChange(_ position: Position, since former: Position, of stream: StreamName) -> Bool {
        guard let change = changes[stream] else { return false }
        return change.last == position && change.before <= former
    }

    /// What it shares with others has not changed.
    func holds(_ turn: Turn, _ namespace: String) -> Bool { (shared[ByteText(namespace)] ?? 0) <= turn.position }

    /// What is kept of a session, unless it has changed.
    mutating func kept(_ stream: StreamName) -> Turn? {
        guard let turn = kept[stream]?.turn, lastChange(of: stream) <= turn.position else { return nil }
        uses += 1
        kept[stream]?.use = uses
        return turn
    }

    // MARK: What happens

    /// A snapshot stands so.
    mutating func look(at stamp: ServingStamp) {
        var now = stamp
        now.position = 0
        if tables != now {
            tables = now
            forget(known: Known(since: stamp.position, head: stamp.position))
        } else if known.map({ stamp.position > $0.head }) ?? true {
            forget(known: Known(since: stamp.position, head: stamp.position))
        }
    }

    mutating func begin(at head: Position) {
        if known?.head != head { forget(known: Known(since: head, head: head)) }
    }

    mutating func finish(through position: Position) { known?.head = position }

    mutating func note(_ stream: StreamName, _ position: Position) {
        noted = position
        if SessionsModule.family.has(stream) {
            changes[stream] = Change(last: position, before: lastChange(of: stream))
        } else if Self.sharedFamilies.contains(where: { $0.has(stream) }) {
            shared[ByteText(StreamFamily.namespace(of: stream) ?? "")] = position
        } else if stream == LedgerEvent.Stream.erasures {
            forget(since: position)
        }
        if changes.count + shared.count > Self.maximumChanges { forget(since: position) }
    }

    private static let sharedFamilies = [BlocksModule.family, RolesModule.family, AgentsModule.family]

    /// What was noted last is not so, or nothing has been noted of a transaction yet.
    mutating func forgetAll() {
        noted = 0
        forget(known: nil)
    }

    private mutating func forget(since position: Position) {
        forget(known: known.map { Known(since: position, head: $0.head) })
    }

    private mutating func forget(known: Known?) {
        self.known = known.map { Known(since: max($0.since, noted), head: $0.head) }
        epoch += 1
        changes.removeAll()
        shared.removeAll()
        kept.removeAll()
        (figures.entries, figures.bytes) = (0, 0)
    }

    // MARK: What is kept

    mutating func count(isHit: Bool) {
        if isHit { figures.hits += 1 } else { figures.misses += 1 }
    }

    mutating func put(_ turn: Turn) {
        remove(turn.stream)
        var turn = turn
        if turn.bytes > figures.maximumBytes / 4 { turn.rows = nil }
        uses += 1
        kept[turn.stream] = Kept(turn: turn, bytes: turn.bytes, use: uses)
        (figures.entries, figures.bytes) = (kept.count, figures.bytes + turn.bytes)
        guard figures.bytes > figures.maximumBytes else { return }
        for (stream, _) in kept.sorted(by: { $0.value.use < $1.value.use }) {
            remove(stream)
            if figures.bytes <= figures.maximumBytes / 4 * 3 { break }
        }
    }

    @discardableResult
    mutating func remove(_ stream: StreamName) -> Turn? {
        guard let former = kept.removeValue(forKey: stream) else { return nil }
        (figures.entries, figures.bytes) = (kept.count, figures.bytes - former.bytes)
        return former.turn
    }
}
