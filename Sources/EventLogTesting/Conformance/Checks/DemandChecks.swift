import EventLog

/// What a log's own events demand is enforced from the next append on, and only of what is new. Method: appends to
/// streams that a namespace's protection covers and to others that look like them, and appends that are repeated after
/// more came to be demanded.
enum DemandChecks {
    static let all = [
        ConformanceCheck(
            "whatIsProtectedIsNeverStoredAsItIs",
            "From an event that protects a namespace on, a log encrypts what the namespace's streams hold, or refuses it.",
            whatIsProtectedIsNeverStoredAsItIs),
        ConformanceCheck(
            "aRepetitionIsRecognisedWhateverIsDemandedNow",
            "An append of known ids is a repetition, although the log would not take the events any more.",
            aRepetitionIsRecognisedWhateverIsDemandedNow),
    ]

    private static func whatIsProtectedIsNeverStoredAsItIs(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        func protection(of namespace: String) throws -> NewEvent {
            try NamespaceProtection(namespace: namespace).newEvent(id: test.event().id)
        }
        let before = test.event()
        _ = try await test.log.append(to: "people/ada", [before])
        // What is no such event protects nothing.
        _ = try await test.log.append(to: "other", [protection(of: "people")])
        _ = try await test.log.append(to: NamespaceProtection.stream, [test.event()])
        _ = try await test.log.append(to: "people/bob", [test.event()])

        for namespace in ["people", "a/b%", "$c"] {
            _ = try await test.log.append(to: NamespaceProtection.stream, [protection(of: namespace)])
        }
        for stream in [
            "people/ada", "people/eve", "people/", "$tasks:people/7", "a%2Fb%25/k", "$tasks:a%2Fb%25/7", "%24c/k",
        ] {
            try await expectSealed([StreamAppend(StreamName(stream), events: [test.event()])], test)
        }
        // Together with what protects it.
        let friends = StreamAppend(NamespaceProtection.stream, events: [try protection(of: "friends")])
        try await expectSealed([friends, StreamAppend("friends/f", events: [test.event()])], test)

        for stream in ["people", "peopl/x", "other/people/x", "$tasks/people:x/", "$tasks:others/7", "a/b%/k", "$c/k"] {
            let event = test.event()
            _ = try await test.log.append(to: StreamName(stream), [event])
            let recorded = try await test.log.event(id: event.id)
            try expect(recorded?.payload == event.payload, "An event of \(stream), which is not protected, is lost.")
        }
        // Neither a condition alone nor what was there before is refused.
        _ = try await test.log.append([StreamAppend("people/ada", .mustExist)])
        let first = try await test.log.event(id: before.id)
        try expect(first?.payload == before.payload, "An event from before the protection is not what it was.")
    }

    /// The last event is encrypted, or the append is refused as a whole.
    private static func expectSealed(_ appends: [StreamAppend], _ test: LogUnderTest) async throws {
        let (head, stream) = (try await test.log.head(), appends[appends.count - 1].stream)
        let event = appends[appends.count - 1].events[0]
        do {
            _ = try await test.log.append(appends)
        } catch let error as EventLogError where error.code == .unsupported {
            try expect(error.stream, equals: stream, "the stream of the refusal")
            return try expect(try await test.log.head(), equals: head, "the head after what was refused")
        }
        let recorded = try await test.log.event(id: event.id)
        try expect(
            recorded?.protection.key != nil && recorded?.payload == event.payload,
            "\(stream) is protected, and the log took an event of it as it is.")
    }

    private static func aRepetitionIsRecognisedWhateverIsDemandedNow(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let ada = Attribution(actor: "ada")
        let parts = [StreamAppend("people/ada", events: test.events(2)), StreamAppend("s", events: test.events(1))]
        let first = try await test.log.append(parts)
        let policy = try LedgerPolicyChange(requiresActor: true).newEvent(id: test.event().id)
        _ = try await test.log.append(to: LedgerPolicyChange.stream, [policy])
        let protection = try NamespaceProtection(namespace: "people").newEvent(id: test.event().id, by: ada)
        _ = try await test.log.append(to: NamespaceProtection.stream, [protection])
        let before = try await test.all()

        let again = try await test.log.append(parts)
        try expect(
            again, equals: AppendResult(positions: first.positions, versions: first.versions, isRepetition: true),
            "an append that is repeated when actors and encryption are demanded")
        let demanding = try await test.log.append(to: LedgerPolicyChange.stream, [policy])
        try expect(demanding.isRepetition, "The event that demands actors, again and without one, is no repetition.")
        try await expectError(.actorRequired, "A new event without an actor") {
            _ = try await test.log.append(to: "s", [test.event()])
        }
        try expect(try await test.all(), equals: before, "the log after repetitions")
    }
}
