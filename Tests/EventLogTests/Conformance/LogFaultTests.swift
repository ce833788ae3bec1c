import EventLog
import EventLogTesting
import Testing

/// Goal: the conformance suite refuses a log that does something wrong. Method: logs with one fault each, around one
/// that passes every check, and the check that each fault must fail.
@Suite struct LogFaultTests {
    private static let checks = Dictionary(
        uniqueKeysWithValues: (EventLogConformance.checks + EventLogConformance.reopeningChecks).map { ($0.name, $0) })

    /// The check that refuses a fault.
    private static func check(of fault: LogFault) -> String {
        switch fault {
        case .conditionIgnored, .foundVersionLeftOut: "conditionsHoldOrAreRefusedWithWhatWasFound"
        case .conditionCheckedOnce: "ofConcurrentAppendsAtOneVersionOneWins"
        case .partlyWritten: "anAppendOverManyStreamsIsWrittenWholeOrNotAtAll"
        case .partsCheckedOneByOne: "conditionsAreCheckedBeforeAnythingIsWritten"
        case .appendLost: "concurrentAppendsLoseNothing"
        case .repetitionNotTold: "concurrentRepetitionsWriteOnce"
        case .repetitionAnsweredAtTheHead: "idsInAnyOrderAreRecognised"
        case .repetitionWritten: "repeatingAnAppendAnswersTheFirstPositions"
        case .mixtureTaken: "idsAreRefused: newAfterKnown"
        case .idOfAnotherStreamTaken: "idsAreRefused: knownOfAnotherStream"
        case .limitsIgnored: "beyondALimitTheErrorNamesIt"
        case .actorNotRequired: "anEventWithoutAnActorIsRefusedWithAllThatComesWithIt"
        case .protectionIgnored: "whatIsProtectedIsNeverStoredAsItIs"
        case .demandsBeforeRepetitions: "aRepetitionIsRecognisedWhateverIsDemandedNow"
        case .positionReused, .positionLeftOut: "positionsStartAtOneAndHaveNoGaps"
        case .recordedAtGoesBack: "recordedTimesNeverGoBackWhenTheClockDoes"
        case .occurredAtLikeRecordedAt: "eventsKeepTheClocksTime"
        case .causationLost, .payloadCut, .eventByIDNotFound: "anAppendIsReadBackAsItWasGiven"
        case .pageCut, .pageEndsTooSoon: "pagesOfTheLogJoinToTheWhole"
        case .streamPageCut: "pagesOfAStreamJoinToTheWhole"
        case .bytesOfAPageUnlimited: "aPageEndsWhenItsBytesAreUsedUp"
        case .readThroughTheHead: "readThroughCoversTheEventsThatDoNotMatch"
        case .actorFilterIgnored, .namespaceFilterIgnored: "filtersAnswerExactlyWhatMatches"
        case .backwardsLikeForwards: "aSequenceGoesThroughAllPages"
        case .prefixByCharacters: "extremeTimesAndPrefixesAreTakenAsTheyAre"
        case .versionAtPositionLikeNow: "versionsAtPositions"
        case .typesUnordered: "typesAreInTheOrderOfTheirBytes"
        case .headStale: "everyReadSeesWhatWasAppendedBefore"
        case .lastEventHidden: "everyKindOfMomentIsFound"
        case .closedLogAnswers: "aClosedLogRefusesEveryCall"
        case .feedLeavesOneOut: "aFeedAnswersTheWholeLog"
        case .feedGoesBeyond: "aFeedStopsAtThePositionThatItIsTold"
        case .feedStaysBehind: "aFeedGoesOnWithWhatIsAppended"
        case .feedsShareTheirPlace: "everyFeedHasAPlaceOfItsOwn"
        case .feedOfAClosedLog: "aClosedLogFeedsNothing"
        case .feedEndsAtLargeEvents: "aFeedGoesPastLargeEvents"
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: LogFault.allCases)
    func everyFaultIsRefused(fault: LogFault) async throws {
        let name = Self.check(of: fault)
        let check = try #require(Self.checks[name])
        let backend = FaultyBackend(fault: fault)
        let failure = await #expect(throws: ExpectationFailure.self) { try await check.run(on: backend) }
        #expect(failure?.message.hasPrefix("\(name): \(check.requirement)") == true)
        #expect(failure?.place.hasPrefix("EventLogTesting/") == true)
    }

    /// The article shows this one.
    @Test func aFailureSaysWhatIsRequiredAndWhatWasFound() async throws {
        let check = try #require(Self.checks["pagesOfTheLogJoinToTheWhole"])
        let backend = FaultyBackend(fault: .pageEndsTooSoon)
        let failure = await #expect(throws: ExpectationFailure.self) { try await check.run(on: backend) }
        #expect(
            failure?.message
                == "pagesOfTheLogJoinToTheWhole: Pages of the log, of any size and in both directions, join to the whole. "
                + "Pages of 1: expected 60 events, found 1; number 2 differs.")
        #expect(failure?.difference.count == 1)
        #expect(failure?.difference.first?.hasPrefix("- RecordedEvent(position: 2, stream: s/1, version: 1, ") == true)
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            (LogFault.lastEventHidden, "aReopenedLogAnswersTheSame"), (.typesUnordered, "aReopenedLogAnswersTheSame"),
            (.conditionIgnored, "aReopenedLogGoesOn"), (.positionReused, "aReopenedLogGoesOn"),
            (.repetitionWritten, "aReopenedLogRecognisesRepetitions"),
            (.recordedAtGoesBack, "aReopenedLogsTimesNeverGoBack"),
        ])
    func everyFaultOfAReopenedLogIsRefused(fault: LogFault, name: String) async throws {
        let check = try #require(Self.checks[name])
        await #expect(throws: ExpectationFailure.self) { try await check.run(on: FaultyStore(fault: fault)) }
    }

    /// The log around which the faults are is none of them.
    @Test(.timeLimit(.minutes(10)), arguments: EventLogConformance.checks)
    func withoutAFaultEveryCheckPasses(check: ConformanceCheck) async throws {
        try await check.run(on: FaultyBackend(fault: nil))
    }

    @Test(arguments: EventLogConformance.reopeningChecks)
    func withoutAFaultEveryCheckOfReopeningPasses(check: ConformanceCheck) async throws {
        try await check.run(on: FaultyStore(fault: nil))
    }
}
