import EventLog

/// Repeating an append writes nothing and answers the first one's positions; a mixture is refused. Method: appends are
/// repeated whole, in part and mixed, and the log is compared before and after.
enum RepetitionChecks {
    static let all =
        [
            ConformanceCheck(
                "repeatingAnAppendAnswersTheFirstPositions",
                "An append of the same ids writes nothing and answers what the first one was answered.",
                repeatingAnAppendAnswersTheFirstPositions),
            ConformanceCheck(
                "idsInAnyOrderAreRecognised", "An id is recognised whenever it comes, whatever the ids' order.",
                idsInAnyOrderAreRecognised),
            ConformanceCheck(
                "concurrentRepetitionsWriteOnce", "Of the same append many times at once, one is written.",
                concurrentRepetitionsWriteOnce),
        ]
        + Misuse.allCases.map { misuse in
            ConformanceCheck(
                "idsAreRefused: \(misuse)",
                "Known ids that are mixed with new ones, of another stream, or twice in one append are refused.",
                { try await idsAreRefused($0, misuse) })
        }

    private static func repeatingAnAppendAnswersTheFirstPositions(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "before", test.events(3))
        let parts = [
            StreamAppend("a", .mustNotExist, events: test.events(2)),
            StreamAppend("b", .mustNotExist, events: test.events(3)), StreamAppend("c", .mustNotExist),
        ]
        let first = try await test.log.append(parts)
        _ = try await test.log.append(to: "a", test.events(4))
        let before = try await test.all()

        // The conditions do not hold any more: a repetition is recognised before they are checked.
        let again = try await test.log.append(parts)
        try expect(again.isRepetition, "The repetition does not say that it is one.")
        try expect(
            again.positions == first.positions && again.versions == first.versions,
            "The repetition answered \(again), the first append \(first).")
        let one = try await test.log.append([StreamAppend("b", events: [parts[1].events[1]])])
        try expect(
            one, equals: AppendResult(positions: [7], versions: [2], isRepetition: true), "a part that is repeated")
        try expect(try await test.all(), equals: before, "the log after repetitions")
    }

    private static let seed: UInt64 = 7

    private static func idsInAnyOrderAreRecognised(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        var events = test.events(50)
        var random = SeededRandom(seed)
        events.shuffle(using: &random)
        var positions: [Position] = []
        for event in events { positions += try await test.log.append(to: "s", [event]).positions }
        for (event, position) in zip(events, positions).shuffled(using: &random) {
            let again = try await test.log.append(to: "s", [event])
            try expect(
                again, equals: AppendResult(positions: [position], versions: [position], isRepetition: true),
                "seed \(seed): event \(event.id) again")
        }
        let whole = try await test.log.append(to: "s", events)
        try expect(
            whole.positions == positions && whole.isRepetition, "seed \(seed): all events again answered \(whole)")
        try expect(try await test.log.head(), equals: 50, "seed \(seed): the head")
    }

    /// What cannot be a repetition and must not be written either.
    private enum Misuse: CaseIterable {
        case newAfterKnown, newBeforeKnown, knownOfAnotherStream, twiceAscending, twiceDescending, twiceKnown
        case twiceAcrossStreams
    }

    private static func idsAreRefused(_ run: ConformanceRun, _ misuse: Misuse) async throws {
        let test = try await run.makeLog()
        let older = test.event()
        let known = test.events(2)
        _ = try await test.log.append(to: "s", known)
        let before = try await test.all()
        let new = test.event()
        let newer = test.event()
        let parts: [StreamAppend] =
            switch misuse {
            case .newAfterKnown: [StreamAppend("s", events: known + [new])]
            case .newBeforeKnown: [StreamAppend("s", events: [older] + known)]
            case .knownOfAnotherStream: [StreamAppend("t", events: known)]
            case .twiceAscending: [StreamAppend("s", events: [new, new])]
            case .twiceDescending: [StreamAppend("s", events: [newer, new, newer, new])]
            case .twiceKnown: [StreamAppend("s", events: [known[0], known[0]])]
            case .twiceAcrossStreams: [StreamAppend("s", events: [new]), StreamAppend("t", events: [new])]
            }
        try await expectError(.eventIDReused, "\(misuse)") { _ = try await test.log.append(parts) }
        try expect(try await test.all(), equals: before, "the log after what was refused")
    }

    private static func concurrentRepetitionsWriteOnce(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let events = test.events(4)
        let results = try await withThrowingTaskGroup(of: AppendResult.self) { group in
            for _ in 0..<32 { group.addTask { try await test.log.append(to: "s", .mustNotExist, events) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try expect(results.filter { !$0.isRepetition }.count, equals: 1, "appends that say that they wrote")
        try expect(results.allSatisfy { $0.positions == [1, 2, 3, 4] }, "The appends answered other positions.")
        try expect(try await test.log.head(), equals: 4, "the head")
    }
}
