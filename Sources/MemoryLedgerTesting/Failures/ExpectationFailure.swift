public import Foundation

/// An expectation that does not hold. Thrown, so that it fails a test of Swift Testing and of XCTest alike.
///
///     @Test func renames() async throws { try await Scenario()… }          // Swift Testing
///     func testRenames() async throws { try await Scenario()… }            // XCTestCase
///
/// The description has the message, where the expectation stands, and the difference, line by line.
public struct ExpectationFailure: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
    /// What was expected and is not so: one sentence.
    public var message: String
    /// The difference, line by line: `- ` what was expected, `+ ` what was found, `  ` what is in both.
    public var difference: [String]
    /// Where the expectation stands: `ExampleTests/RenameTests.swift:12`.
    public var place: String

    init(_ message: String, _ difference: [String] = [], at place: SourcePlace) {
        self.message = message
        self.difference = difference
        self.place = place.description
    }

    public var description: String {
        (["\(message) (\(place))"] + difference).joined(separator: "\n")
    }

    public var errorDescription: String? { description }
}

/// Where in the test's source an expectation stands.
struct SourcePlace: CustomStringConvertible, Sendable {
    var fileID: String
    var line: UInt

    init(_ fileID: StaticString, _ line: UInt) {
        self.fileID = "\(fileID)"
        self.line = line
    }

    var description: String { "\(fileID):\(line)" }
}
