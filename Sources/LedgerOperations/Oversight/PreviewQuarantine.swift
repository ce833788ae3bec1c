import EventLog
public import MemoryLedger

/// What a quarantine would take out of the results, or its end would bring back. Nothing is written.
///
///     let report = try await PreviewQuarantine(.actor("mallory")).run(in: request)
///     print(report.memories, report.keys)
public struct PreviewQuarantine: LedgerOperation, Hashable {
    public var contributor: Contributor
    /// What its release would bring back.
    public var isRelease: Bool

    public init(_ contributor: Contributor, isRelease: Bool = false) {
        self.contributor = contributor
        self.isRelease = isRelease
    }

    private static let release = Parameter("release", .boolean, default: false, "What a release would bring back.")

    public static let name = "quarantine.preview"
    public static let summary = "Show what a quarantine would take out of the results, or a release bring back."
    public static let parameters: [any OperationParameter] = ContributorParameters.all + [release]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        contributor = try ContributorParameters.contributor(arguments)
        isRelease = try arguments[Self.release]
    }

    public func run(in request: OperationRequest) async throws -> QuarantineReport {
        isRelease
            ? try await request.ledger.previewRelease(contributor)
            : try await request.ledger.previewQuarantine(contributor)
    }
}

extension QuarantineReport: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("origin", .object), .init("memories", .integer), .init("direct", .integer), .init("derived", .integer),
        .init("namespaces", .objects), .init("keys", .objects),
    ]

    /// As `json` says.
    public func document() -> JSONValue { json }
}
