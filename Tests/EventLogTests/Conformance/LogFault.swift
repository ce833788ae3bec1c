/// What a log may do wrong.
enum LogFault: CaseIterable {
    // Appending.
    case conditionIgnored, conditionCheckedOnce, foundVersionLeftOut, partlyWritten, appendLost
    case repetitionNotTold, repetitionAnsweredAtTheHead, repetitionWritten, mixtureTaken, idOfAnotherStreamTaken
    case limitsIgnored, actorNotRequired, partsCheckedOneByOne, protectionIgnored, demandsBeforeRepetitions
    // Recording.
    case positionReused, positionLeftOut, recordedAtGoesBack, occurredAtLikeRecordedAt, causationLost, payloadCut
    // Reading.
    case pageCut, streamPageCut, pageEndsTooSoon, bytesOfAPageUnlimited, readThroughTheHead, actorFilterIgnored
    case namespaceFilterIgnored, backwardsLikeForwards, prefixByCharacters, eventByIDNotFound, versionAtPositionLikeNow
    case typesUnordered, headStale, lastEventHidden
    case closedLogAnswers
    // Feeding.
    case feedLeavesOneOut, feedGoesBeyond, feedStaysBehind, feedsShareTheirPlace, feedOfAClosedLog
    case feedEndsAtLargeEvents
}
