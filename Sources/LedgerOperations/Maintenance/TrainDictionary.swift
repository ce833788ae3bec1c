import EmbeddedLedger
public import EventLog
public import MemoryLedger
public import SQLiteEventLog

/// Makes a dictionary from the log's own events, which later ones are compressed with.
///
///     let training = try await TrainDictionary().run(in: request)
///     print(training.ratioBefore, training.ratioAfter)
public struct TrainDictionary: LedgerOperation, Hashable {
    /// At most this many bytes.
    public var size: Int
    /// Events that it is made from, at the most.
    public var samples: Int

    public static let defaultSamples = 20_000
    private static let maximumSamples = 10_000_000

    public init(size: Int = CompressionDictionary.maximumBytes, samples: Int = TrainDictionary.defaultSamples) {
        self.size = size
        self.samples = samples
    }

    private static let sizeParameter = Parameter<Int>(
        "size", .integer(CompressionDictionary.minimumBytes...CompressionDictionary.maximumBytes),
        default: CompressionDictionary.maximumBytes, "At most this many bytes.")
    private static let samplesParameter = Parameter<Int>(
        "samples", .integer(1...maximumSamples), default: defaultSamples, "Events that it is made from, at the most.")

    public static let name = "dictionary.train"
    public static let summary = "Make a dictionary from the log's events, which later ones are compressed with."
    public static let parameters: [any OperationParameter] = [sizeParameter, samplesParameter]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unsupported), .log(.tooFewSamples)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        size = try arguments[Self.sizeParameter]
        samples = try arguments[Self.samplesParameter]
    }

    public func run(in request: OperationRequest) async throws -> DictionaryTraining {
        try await request.ledger.log.inFile.trainDictionary(size: size, sampleEvents: samples)
    }
}

extension DictionaryTraining: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("dictionary", .object), .init("samples", .integer), .init("sample_bytes", .integer),
        .init("ratio_before", .number), .init("ratio_after", .number),
    ]

    /// `{"dictionary": {"number", "size_bytes", "sha256", "added_at", "added_at_position"}, "samples", "sample_bytes",
    /// "ratio_before", "ratio_after"}`.
    public func document() -> JSONValue {
        [
            "dictionary": dictionary.json,
            "samples": JSONValue(samples),
            "sample_bytes": JSONValue(sampleBytes),
            "ratio_before": JSONValue(Self.rounded(ratioBefore)),
            "ratio_after": JSONValue(Self.rounded(ratioAfter)),
        ]
    }

    private static func rounded(_ ratio: Double) -> Double { (ratio * 10_000).rounded() / 10_000 }
}

extension DictionaryInfo {
    var json: JSONValue {
        [
            "number": JSONValue(number), "size_bytes": JSONValue(sizeBytes), "sha256": .string(sha256),
            "added_at": .string(addedAt.rfc3339), "added_at_position": JSONValue(addedAtPosition),
        ]
    }
}
