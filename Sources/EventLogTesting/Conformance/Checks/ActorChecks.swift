import EventLog

/// A log that needs actors takes nothing without one. Method: a table of contexts, alone and among others.
enum ActorChecks {
    static let all = [
        ConformanceCheck(
            "anEventWithoutAnActorIsRefusedWithAllThatComesWithIt",
            "A log that requires actors refuses an append of which any event has none.",
            anEventWithoutAnActorIsRefused),
        ConformanceCheck(
            "withoutTheOptionNoActorIsNeeded", "A log that does not require actors takes events without one.",
            withoutTheOptionNoActorIsNeeded),
        ConformanceCheck(
            "whatTheLogsOwnEventsDemandIsEnforced",
            "From an event that demands actors on, a log refuses events without one, until another lifts that.",
            whatTheLogsOwnEventsDemandIsEnforced),
    ]

    private static func anEventWithoutAnActorIsRefused(_ run: ConformanceRun) async throws {
        for actor in [nil, " ", "  "] as [String?] {
            let test = try await run.makeLog(requireActor: true)
            let (named, another) = (
                test.event(attribution: Attribution(actor: "ada")), test.event(attribution: Attribution(actor: "ada"))
            )
            let unnamed = test.event(attribution: Attribution(actor: actor, correlationID: "request"))
            for appends in [
                [StreamAppend("s", events: [unnamed])],
                [StreamAppend("s", events: [named]), StreamAppend("t", events: [another, unnamed])],
            ] {
                let error = try await expectError(.actorRequired, "An append with the actor \(actor ?? "none")") {
                    _ = try await test.log.append(appends)
                }
                try expect(error.message.contains("requires an actor"), "The message does not say what to do: \(error)")
            }
            try expect(try await test.log.head(), equals: 0, "the head after what was refused")
            _ = try await test.log.append(to: "s", [named])
            try expect(try await test.log.head(), equals: 1, "the head after an event with an actor")
        }
    }

    private static func withoutTheOptionNoActorIsNeeded(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "s", test.events(1))
        try expect(try await test.log.head(), equals: 1, "the head")
    }

    private static func whatTheLogsOwnEventsDemandIsEnforced(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let ada = Attribution(actor: "ada")
        func demand(_ change: LedgerPolicyChange) throws -> NewEvent {
            try change.newEvent(id: test.event().id, by: ada)
        }
        func refused() async throws {
            try await expectError(.actorRequired, "An append without an actor") {
                _ = try await test.log.append(to: "s", [test.event()])
            }
        }
        let stream = LedgerPolicyChange.stream
        // What a newer program demands is not known; what is no such event demands nothing.
        var newer = try demand(LedgerPolicyChange(requiresActor: true))
        newer.schemaVersion += 1
        _ = try await test.log.append(to: stream, [newer, test.event(attribution: ada)])
        _ = try await test.log.append(to: "other", [demand(LedgerPolicyChange(requiresActor: true))])
        _ = try await test.log.append(to: "s", [test.event()])
        _ = try await test.log.append(to: stream, [demand(LedgerPolicyChange(requiresActor: true))])
        try await refused()
        _ = try await test.log.append(to: stream, [demand(LedgerPolicyChange(auditsReads: true))])
        try await refused()
        _ = try await test.log.append(to: "s", [test.event(attribution: ada)])
        _ = try await test.log.append(to: stream, [demand(LedgerPolicyChange(requiresActor: false))])
        _ = try await test.log.append(to: "s", [test.event()])
    }
}
