import EventLog
import Testing

/// Goal: repeating an append writes nothing and answers the first one's positions; a mixture is refused.
/// Method: appends are repeated whole, in part and mixed, and the log is compared before and after.
@Suite struct RepetitionConformanceTests {
    @Test(arguments: LogKind.allCases)
    func repeatingAnAppendAnswersTheFirstPositions(kind: LogKind) async throws {
        let test = try TestLog(kind)
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
        #expect(again.isRepetition)
        #expect(again.positions == first.positions && again.versions == first.versions)
        let one = try await test.log.append([StreamAppend("b", events: [parts[1].events[1]])])
        #expect(one == AppendResult(positions: [7], versions: [2], isRepetition: true))
        #expect(try await test.all() == before)
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func idsInAnyOrderAreRecognised(kind: LogKind) async throws {
        let test = try TestLog(kind)
        var events = test.events(50)
        var random = SeededRandom(7)
        events.shuffle(using: &random)
        var positions: [Position] = []
        for event in events { positions += try await test.log.append(to: "s", [event]).positions }
        for (event, position) in zip(events, positions).shuffled(using: &random) {
            let again = try await test.log.append(to: "s", [event])
            #expect(again == AppendResult(positions: [position], versions: [position], isRepetition: true))
        }
        let whole = try await test.log.append(to: "s", events)
        #expect(whole.positions == positions && whole.isRepetition)
        #expect(try await test.log.head() == 50)
        await test.close()
    }

    /// What cannot be a repetition and must not be written either.
    enum Misuse: CaseIterable {
        case newAfterKnown, newBeforeKnown, knownOfAnotherStream, twiceAscending, twiceDescending, twiceKnown
        case twiceAcrossStreams
    }

    @Test(arguments: LogKind.allCases, Misuse.allCases)
    func mixedAndDoubledIDsAreRefused(kind: LogKind, misuse: Misuse) async throws {
        let test = try TestLog(kind)
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
        await expectError(.eventIDReused) { _ = try await test.log.append(parts) }
        #expect(try await test.all() == before)
        await test.close()
    }

    /// Goal: many callers repeat the same append at once, and one of them writes it.
    @Test(arguments: LogKind.allCases)
    func concurrentRepetitionsWriteOnce(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let events = test.events(4)
        let results = try await withThrowingTaskGroup(of: AppendResult.self) { group in
            for _ in 0..<32 { group.addTask { try await test.log.append(to: "s", .mustNotExist, events) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { !$0.isRepetition }.count == 1)
        #expect(results.allSatisfy { $0.positions == [1, 2, 3, 4] })
        #expect(try await test.log.head() == 4)
        await test.close()
    }
}
