import EventLog

/// Where the log says what is protected and what was erased: the events of two streams, found without the index, which
/// may be damaged as well.
struct ProtectionHistory {
    static let streams = [LedgerEvent.Stream.protection, LedgerEvent.Stream.erasures]

    /// By the ids of the streams that have begun.
    private var names: [Int64: StreamName] = [:]
    private var positions: [StreamName: [Position]] = [:]
    /// Every event up to here was looked at.
    private(set) var through: Position = 0

    /// A stream's first event names it; a second one of that name begins no stream.
    ///
    /// - Parameter name: its bytes.
    mutating func begin(_ name: some Collection<UInt8>, id: Int64) {
        guard let stream = Self.streams.first(where: { $0.rawValue.utf8.elementsEqual(name) }),
            positions[stream] == nil
        else { return }
        names[id] = stream
        positions[stream] = []
    }

    /// The next event.
    mutating func note(_ position: Position, streamID: Int64) {
        through = position
        if names.isEmpty { return }
        if let stream = names[streamID] { positions[stream]?.append(position) }
    }

    func positions(of stream: StreamName) -> [Position] { positions[stream] ?? [] }
}
