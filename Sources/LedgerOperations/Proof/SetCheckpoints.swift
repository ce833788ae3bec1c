import EmbeddedLedger
import EventLog
public import LedgerCapabilities
public import MemoryLedger
import SQLiteEventLog

/// Sets when checkpoints are signed by themselves, and where copies of them go; what is not given stays.
///
///     var settings = SetCheckpoints()
///     settings.everyEvents = 1_000
///     print(try await settings.run(in: request).rule ?? .standard)
public struct SetCheckpoints: LedgerOperation, Hashable {
    /// After so many events, 1 or more.
    public var everyEvents: Int64?
    /// After so many seconds if there are new events, 1 to `maximumSeconds`.
    public var everySeconds: Int64?
    /// None any more.
    public var isOff = false
    /// Where a copy of each is written: a path from the root.
    public var folder: String?
    /// No copies any more.
    public var withoutFolder = false
    /// Nil: the file that the ledger remembers, or else the one beside it.
    public var keyFile: SigningKeyFile?

    public static let maximumSeconds: Int64 = 1_000_000_000
    private static let millisecondsPerSecond: Int64 = 1_000

    public init() {}

    private static let events = Parameter(
        "every_events", optional: ArgumentType<Int64>.integer(1...Int64.max), "After so many events.")
    private static let seconds = Parameter(
        "every_seconds", optional: ArgumentType<Int64>.integer(1...maximumSeconds),
        "After so many seconds, if there are new events.")
    private static let never = Parameter("never", .boolean, default: false, "None any more.")
    private static let folderParameter = Parameter(
        "folder", optional: .name, "Where a copy of each is written: a path from the root.")
    private static let noFolder = Parameter("no_folder", .boolean, default: false, "No copies any more.")

    public static let name = "checkpoint.set"
    public static let summary = "Set when checkpoints are signed by themselves, and where copies of them go."
    public static let parameters: [any OperationParameter] = [events, seconds, never, folderParameter, noFolder]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let isLocal = true
    public static let errors = OperationErrorCode.ofSigning

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        everyEvents = try arguments[Self.events]
        everySeconds = try arguments[Self.seconds]
        isOff = try arguments[Self.never]
        folder = try arguments[Self.folderParameter]
        withoutFolder = try arguments[Self.noFolder]
        if isOff, setsRule {
            throw OperationArgumentError(Self.never.name, after: " excludes `every_events` and `every_seconds`.")
        }
        if let folder, withoutFolder || !folder.hasPrefix("/") {
            throw OperationArgumentError(
                Self.folderParameter.name, after: " is a path from the root, and excludes `no_folder`.")
        }
    }

    private var setsRule: Bool { everyEvents != nil || everySeconds != nil }

    public func run(in request: OperationRequest) async throws -> CheckpointSettings {
        let ledger = request.ledger
        let keyFile = try keyFile ?? ledger.signingKeyFile()
        // It would be set, and nothing would ever be signed.
        if setsRule || folder != nil, keyFile.exists { try ledger.log.inFile.checkSigningKey(in: keyFile) }
        if let folder {
            var files = ledger.options.file.protectedFiles
            files.add(ledger: try ledger.log.inFile.path)
            files.add(signingKey: keyFile)
            try CheckpointFolder(path: folder).prepare(besides: files)
        }
        var settings = try ledger.log.inFile.checkpointSettings()
        if isOff { settings.rule = .off }
        if setsRule { settings.rule = rule(settings.rule ?? .standard) }
        if let folder { settings.folder = folder }
        if withoutFolder { settings.folder = nil }
        try await ledger.log.inFile.setCheckpointSettings(settings)
        return settings
    }

    private func rule(_ former: CheckpointRule) -> CheckpointRule {
        var rule = (events: Int64.max, milliseconds: Int64.max)
        if case .every(let events, let milliseconds) = former == .off ? .standard : former {
            rule = (events, milliseconds)
        }
        return .every(
            events: everyEvents ?? rule.events,
            milliseconds: everySeconds.map { $0 * Self.millisecondsPerSecond } ?? rule.milliseconds)
    }
}

extension CheckpointSettings: OperationResult {
    /// `{"automatic", "every_events", "every_seconds", "folder"}`.
    public func document() -> JSONValue {
        var document: JSONObject
        switch rule ?? .standard {
        case .off: document = ["automatic": false, "every_events": .null, "every_seconds": .null]
        case .every(let events, let milliseconds):
            document = [
                "automatic": true, "every_events": JSONValue(events), "every_seconds": JSONValue(milliseconds / 1_000),
            ]
        }
        document.append("folder", JSONValue(optional: folder))
        return .object(document)
    }
}
