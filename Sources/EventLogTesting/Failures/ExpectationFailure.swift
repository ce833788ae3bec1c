public import Foundation

/// An expectation that does not hold. Thrown, so that it fails a test of Swift Testing and of XCTest alike.
///
///     @Test(arguments: EventLogConformance.checks)
///     func conforms(_ check: ConformanceCheck) async throws { try await check.run(on: InMemoryBackend()) }
///
/// and in a test case of XCTest, or anywhere else:
///
///     for check in EventLogConformance.checks { try await check.run(on: backend) }
///
/// The description has the message, where the expectation stands, and the difference, line by line.
public struct ExpectationFailure: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
    /// What was expected and is not so: one sentence.
    public var message: String
    /// The difference, line by line: `- ` what was expected, `+ ` what was found, `  ` what is in both.
    public var difference: [String]
    /// Where the expectation stands: `ExampleTests/RenameTests.swift:12`.
    public var place: String

    /// A failure of an expectation of your own.
    public init(_ message: String, _ difference: [String] = [], at place: SourcePlace) {
        self.message = message
        self.difference = difference
        self.place = place.description
    }

    public var description: String {
        (["\(message) (\(place))"] + difference).joined(separator: "\n")
    }

    public var errorDescription: String? { description }
}

/// Where in a source an expectation stands: pass on the `#fileID` and the `#line` of the caller.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The module and the file: `ExampleTests/RenameTests.swift`.
    public var fileID: String
    /// Counted from 1.
    public var line: UInt

    /// The place that `#fileID` and `#line` name.
    public init(_ fileID: StaticString, _ line: UInt) {
        self.fileID = "\(fileID)"
        self.line = line
    }

    /// `ExampleTests/RenameTests.swift:12`.
    public var description: String { "\(fileID):\(line)" }
}
