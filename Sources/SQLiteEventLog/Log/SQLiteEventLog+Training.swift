public import EventLog

/// A dictionary made from a log's own events, and what it does to them.
public struct DictionaryTraining: Hashable, Sendable {
    public var dictionary: DictionaryInfo
    /// Events that the dictionary was made from.
    public var samples: Int
    /// Their payloads' bytes.
    public var sampleBytes: Int
    /// What payloads shrank to before: stored bytes by bytes, measured on events that were not trained on where there
    /// are enough of them.
    public var ratioBefore: Double
    /// The same with the new dictionary.
    public var ratioAfter: Double
}

extension SQLiteEventLog {
    /// Makes a dictionary from events of this log, evenly spread over it, and adds it: later events are compressed with
    /// it.
    ///
    /// - Parameters:
    ///   - size: The dictionary's size at the most, `CompressionDictionary.minimumBytes` to `maximumBytes`.
    ///   - sampleEvents: How many events to read at the most.
    /// - Throws: `EventLogError.tooFewSamples` where there is too little to learn from.
    public func trainDictionary(
        size: Int = CompressionDictionary.maximumBytes, sampleEvents: Int = 20_000
    ) async throws -> DictionaryTraining {
        guard (CompressionDictionary.minimumBytes...CompressionDictionary.maximumBytes).contains(size) else {
            throw EventLogError(
                .invalidArgument,
                "A dictionary has \(CompressionDictionary.minimumBytes) to \(CompressionDictionary.maximumBytes) bytes, "
                    + "not \(size).")
        }
        var samples = TrainingSamples()
        let spread = SpreadPositions(head: try await head(), count: sampleEvents)
        let protected = Set(try file.read { try DataKeys.categories($0) }.keys)
        var next = 0
        while next < spread.count, !samples.isFull {
            let page = next..<min(next + Self.samplePage, spread.count)
            try read { reader in
                for index in page { samples.add(try Self.payload(at: spread[index], reader, outside: protected)) }
            }
            next = page.upperBound
            try Task.checkCancellation()
            await Task.yield()
        }
        guard let bytes = samples.trainer.train(size: size) else {
            throw EventLogError(
                .tooFewSamples,
                "The log's events have too little in common to make a dictionary (\(samples.trainer.sampleCount) of them "
                    + "were read); try again when there are more.")
        }
        let before = samples.ratio(with: currentDictionary)
        let after = samples.ratio(with: CompressionDictionary(number: 0, bytes: bytes))
        return DictionaryTraining(
            dictionary: try await addDictionary(bytes), samples: samples.trainer.sampleCount,
            sampleBytes: samples.trainer.sampleBytes, ratioBefore: before, ratioAfter: after)
    }

    /// Samples of one read transaction, which must be short.
    private static let samplePage = 256

    /// The event's payload; nil where it is damaged, which is no reason not to learn from the others, and where it is
    /// encrypted or was written before its stream was protected: a dictionary is never erased.
    private static func payload(
        at position: Position, _ reader: LogReader, outside protected: Set<ByteText>
    ) throws -> [UInt8]? {
        do {
            guard let event = try reader.event(at: position), event.protection == .none,
                protected.isEmpty || !protected.contains(ByteText(String(event.stream.protectedCategory)))
            else { return nil }
            return event.payload
        } catch let error as EventLogError where error.code == .damagedPayload || error.code == .damagedLog {
            return nil
        }
    }
}

/// Positions spread evenly over a log, in an order that is spread evenly too wherever it is broken off.
struct SpreadPositions {
    let head: Position
    let count: Int
    private let stride: Int

    init(head: Position, count: Int) {
        self.head = head
        self.count = Int(min(head, Position(max(0, count))))
        // The golden section scatters best; a stride without a common divisor visits every place once.
        var stride = max(1, Int(Double(self.count) * 0.618_033_988_75))
        while Self.greatestCommonDivisor(stride, self.count) > 1 { stride += 1 }
        self.stride = stride
    }

    subscript(index: Int) -> Position {
        let place = Position(index * stride % count)
        return 1 + place * head / Position(count)
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        var (first, second) = (first, second)
        while second != 0 { (first, second) = (second, first % second) }
        return first
    }
}

/// Payloads to learn from, and others to try the dictionary on.
struct TrainingSamples {
    private(set) var trainer = DictionaryTrainer()
    private var heldOut: [[UInt8]] = []
    private var first: [[UInt8]] = []
    private var seen = 0
    private var heldOutBytes = 0

    /// One of so many is held out.
    private static let heldOutInterval = 8
    private static let maximumHeldOutBytes = 4 << 20
    /// Larger payloads have enough of their own to refer back to.
    private static let maximumSampleBytes = 65_536
    /// With fewer held out than this, the figure would be chance.
    private static let minimumHeldOut = 16

    var isFull: Bool { trainer.isFull }

    mutating func add(_ payload: [UInt8]?) {
        guard let payload, (PayloadEncoder.minimumBytes...Self.maximumSampleBytes).contains(payload.count) else {
            return
        }
        seen += 1
        if seen % Self.heldOutInterval == 0, heldOutBytes < Self.maximumHeldOutBytes {
            heldOut.append(payload)
            heldOutBytes += payload.count
        } else {
            trainer.add(payload)
            if first.count < Self.minimumHeldOut * Self.heldOutInterval { first.append(payload) }
        }
    }

    /// Stored bytes by bytes; 1 where there is nothing to measure.
    func ratio(with dictionary: CompressionDictionary?) -> Double {
        let payloads = heldOut.count >= Self.minimumHeldOut ? heldOut : first + heldOut
        let encoder = PayloadEncoder(dictionary: dictionary)
        var bytes = 0
        var stored = 0
        for payload in payloads {
            bytes += payload.count
            stored += payload.withUnsafeBytes { payload in encoder.encode(payload) { $1.count } }
        }
        return bytes == 0 ? 1 : Double(stored) / Double(bytes)
    }
}
