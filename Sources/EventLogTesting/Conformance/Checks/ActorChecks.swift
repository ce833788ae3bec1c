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
    ]

    private static func anEventWithoutAnActorIsRefused(_ run: ConformanceRun) async throws {
        for actor in [nil, " ", "  "] as [String?] {
            let test = try await run.makeLog(requireActor: true)
            let named = test.event(context: EventContext(actor: "ada"))
            let unnamed = test.event(context: EventContext(actor: actor, correlationID: "request"))
            for appends in [
                [StreamAppend("s", events: [unnamed])],
                [StreamAppend("s", events: [named]), StreamAppend("t", events: [named, unnamed])],
            ] {
                let error = try await expectError(.actorRequired, "An append with the actor \(actor ?? "none")") {
                    _ = try await test.log.append(appends)
                }
                try expect(error.message.contains("say who acts"), "The message does not say what to do: \(error)")
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
}
