import EventLog
import LedgerStorage
import Synchronization

/// Where the streams of the unindexed tail stand, for readers. Events never change, so what was read once stays true.
final class TailCache: Sendable {
    private struct Place {
        var version: StreamVersion
        var position: Position
    }

    private struct State {
        var base: Position = 0
        var through: Position = 0
        var places: [Int64: [Place]] = [:]
        var newStreams: [StreamName: Int64] = [:]
    }

    /// The part of a snapshot that decides what is in the tail.
    struct Snapshot {
        /// The last position that a segment covers.
        var indexedThrough: Position
        var head: Position

        init(_ sqlite: SQLiteConnection) throws {
            indexedThrough = try sqlite.integer("SELECT max(last_position) FROM segments") ?? 0
            head = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        }
    }

    struct Head {
        var streamID: Int64
        var version: StreamVersion
        var position: Position
    }

    private let state = Mutex(State())

    /// The stream's last event in the snapshot; nil where the stream does not exist.
    func head(of stream: StreamName, _ snapshot: Snapshot, _ sqlite: SQLiteConnection) throws -> Head? {
        var head = try Self.indexedHead(of: stream, sqlite)
        try state.withLock { state in
            try Self.refresh(&state, snapshot, sqlite)
            guard let id = head?.streamID ?? state.newStreams[stream], let places = state.places[id] else {
                return
            }
            if let place = places.last(where: { $0.position <= snapshot.head }) {
                head = Head(streamID: id, version: place.version, position: place.position)
            }
        }
        return head
    }

    private static func indexedHead(of stream: StreamName, _ sqlite: SQLiteConnection) throws -> Head? {
        let row = try sqlite.statement("SELECT stream_id, version, position FROM streams WHERE name = ?")
        row.bind(1, stream.rawValue)
        defer { row.reset() }
        return try row.step() ? Head(streamID: row.int64(0), version: row.int64(1), position: row.int64(2)) : nil
    }

    private static func refresh(_ state: inout State, _ snapshot: Snapshot, _ sqlite: SQLiteConnection) throws {
        // A snapshot older than what is known needs the events between its index and the known ones: begin there.
        if snapshot.indexedThrough != state.base {
            state = State(base: snapshot.indexedThrough, through: snapshot.indexedThrough)
        }
        guard state.through < snapshot.head else { return }
        let rows = try sqlite.statement(
            "SELECT position, stream_id, version, stream_name FROM events WHERE position > ? ORDER BY position")
        rows.bind(1, state.through)
        defer { rows.reset() }
        while try rows.step() {
            let position = rows.int64(0)
            state.places[rows.int64(1), default: []].append(Place(version: rows.int64(2), position: position))
            if let name = rows.optionalText(3) { state.newStreams[StreamName(name)] = rows.int64(1) }
            state.through = position
        }
    }
}
