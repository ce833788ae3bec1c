import EventLog

/// What a message shows of a value at the most, in characters: a payload may have megabytes.
private let maximumShownCharacters = 600

private func shown(_ value: some Any) -> String {
    let text = String(describing: value)
    return text.count <= maximumShownCharacters ? text : text.prefix(maximumShownCharacters) + "…"
}

/// The text with a capital letter at its beginning.
private func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

/// Throws an `ExpectationFailure` unless the condition holds.
func expect(
    _ holds: Bool, _ otherwise: @autoclosure () -> String, fileID: StaticString = #fileID, line: UInt = #line
) throws {
    guard !holds else { return }
    throw ExpectationFailure(otherwise(), at: SourcePlace(fileID, line))
}

/// Throws an `ExpectationFailure` unless the two are equal.
func expect<Value: Equatable>(
    _ found: Value, equals expected: Value, _ what: @autoclosure () -> String, fileID: StaticString = #fileID,
    line: UInt = #line
) throws {
    guard found != expected else { return }
    throw ExpectationFailure(
        "\(sentence(what())): another answer than expected.", ["- \(shown(expected))", "+ \(shown(found))"],
        at: SourcePlace(fileID, line))
}

/// Throws an `ExpectationFailure` that shows the first event that differs, unless the two are equal.
func expect(
    _ found: [RecordedEvent], equals expected: [RecordedEvent], _ what: @autoclosure () -> String,
    fileID: StaticString = #fileID, line: UInt = #line
) throws {
    guard found != expected else { return }
    let shared = min(found.count, expected.count)
    let index = (0..<shared).first { found[$0] != expected[$0] } ?? shared
    var difference: [String] = []
    if index < expected.count { difference.append("- \(shown(expected[index]))") }
    if index < found.count { difference.append("+ \(shown(found[index]))") }
    let counts = "expected \(expected.count) events, found \(found.count); number \(index + 1) differs."
    throw ExpectationFailure("\(sentence(what())): \(counts)", difference, at: SourcePlace(fileID, line))
}

/// The `EventLogError` that the body throws; an `ExpectationFailure` if it throws none, or another code.
@discardableResult
func expectError(
    _ code: EventLogError.Code, _ what: @autoclosure () -> String, fileID: StaticString = #fileID, line: UInt = #line,
    _ body: () async throws -> Void
) async throws -> EventLogError {
    let place = SourcePlace(fileID, line)
    do {
        try await body()
    } catch let error as EventLogError {
        guard error.code == code else {
            throw ExpectationFailure(
                "\(sentence(what())): expected \(code), and \(error.code) was thrown: \(shown(error))", at: place)
        }
        return error
    } catch {
        throw ExpectationFailure("\(sentence(what())): expected \(code), and was thrown: \(shown(error))", at: place)
    }
    throw ExpectationFailure("\(sentence(what())): expected \(code), and nothing was thrown.", at: place)
}

/// The value; an `ExpectationFailure` if there is none.
func require<Value>(
    _ value: Value?, _ otherwise: @autoclosure () -> String, fileID: StaticString = #fileID, line: UInt = #line
) throws -> Value {
    guard let value else { throw ExpectationFailure(otherwise(), at: SourcePlace(fileID, line)) }
    return value
}

/// What only a hang takes so long to show.
private let hangSeconds = 600

/// Waits until the condition holds; false if it never does.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(hangSeconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return try await condition()
}
