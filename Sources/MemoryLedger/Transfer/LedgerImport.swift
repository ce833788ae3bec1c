import EventLog

extension MemoryLedger {
    /// Appends the events of an export: lines of JSON as `exportEvents` writes them.
    ///
    /// Ids, types, schema versions, payloads, occurred times, actors, correlations and causations stay; positions and
    /// recorded times are new. Events that the ledger has by their id are left out, so that importing again changes
    /// nothing. An event whose line names a version must land there: a ledger whose stream has gone another way refuses
    /// it.
    ///
    /// A line has the body of its event in `payload`, in `data`, or in both, which must say the same then. Where an
    /// export says how many events it has, and they are not all there, those that are there are appended, and the
    /// report says so in `incomplete`.
    ///
    /// What another ledger decided about itself has no force here and is left out: its policy, quarantines, epochs and
    /// keys, who read what. Of its erasures those are taken that erase nothing here but what came erased.
    ///
    /// - Parameter chunks: The bytes, in pieces of any size.
    /// - Throws: `EventImportError` with the line; what stands before it has been appended and stays.
    @discardableResult
    public func importEvents<Chunks: AsyncSequence>(
        _ chunks: Chunks, limits: EventImportLimits = .init()
    ) async throws -> EventImportReport where Chunks.Element == [UInt8] {
        try await flushReads()
        var importer = EventImporter(self, limits: limits)
        var lines = LineSplitter(maximumBytes: limits.lineBytes)
        for try await chunk in chunks {
            var rest = chunk[...]
            while let line = try await importer.splitting({ try lines.next(&rest) }) {
                try await importer.take(line, number: lines.number)
            }
        }
        if let line = lines.rest() { try await importer.take(line, number: lines.number, isUnfinished: true) }
        try await importer.finish(lastLine: lines.number)
        return importer.report
    }
}

/// Cuts bytes into lines. A line may end with a carriage return and a line feed.
struct LineSplitter {
    let maximumBytes: Int
    /// The number of the line that was answered last.
    private(set) var number = 0
    private var line: [UInt8] = []

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// The next whole line, taken off the front of the chunk; nil where the chunk is used up.
    mutating func next(_ chunk: inout ArraySlice<UInt8>) throws -> [UInt8]? {
        let end = chunk.firstIndex(of: UInt8(ascii: "\n"))
        let piece = chunk[..<(end ?? chunk.endIndex)]
        guard line.count + piece.count <= maximumBytes else {
            throw EventImportError(
                .lineTooLong, line: number + 1,
                "Line \(number + 1) has more than \(maximumBytes) bytes (EventImportLimits.lineBytes); shorten it.")
        }
        line += piece
        guard let end else {
            chunk = []
            return nil
        }
        chunk = chunk[(end + 1)...]
        return take()
    }

    /// What stands after the last line break; nil where there is nothing.
    mutating func rest() -> [UInt8]? {
        line.isEmpty ? nil : take()
    }

    private mutating func take() -> [UInt8] {
        defer { line = [] }
        number += 1
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }
}
