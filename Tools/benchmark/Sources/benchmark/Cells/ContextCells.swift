import AgentContext
import EventLog
import MemoryLedger

extension Cell {
    static let messageAppend = Cell(
        name: "message-append", title: "append one message of 30 words to a session after the other, each synced",
        target: .ratioAtLeast(0.8)
    ) { bench in
        var measurement = Measurement(unit: "messages/s", floorName: "C: one transaction with the same rows")
        let rounds = bench.size(10, quick: 4)
        let perRound = 200
        let source = try await ContextCells.ledger(bench, "source", messages: rounds * perRound)
        let path = bench.folder.file("source")
        await source.ledger.close()
        let tables = ["events", "main_context", "external_memory"]
        let rows = try FloorRows(of: path, tables.map { ($0, 1) })
        for _ in 0..<bench.runs {
            let (ledger, session) = try await ContextCells.ledger(bench, "ours", messages: 0)
            let context = AgentContext(ledger)
            let floor = try Floor(at: bench.folder.fresh("floor"), like: path, tables: tables, bench.settings)
            var corpus = SearchCorpus(seed: 1)
            var ours = Cost()
            var theirs = Cost()
            // Short turns: a disk is slower in one second than in the next.
            for round in 0..<rounds {
                let messages = (0..<perRound).map { _ in ContextCells.message(&corpus) }
                ours += try await cost {
                    for message in messages { _ = try await context.append(message, to: session) }
                }
                theirs += try rows.insert(
                    into: floor, transactions: round * perRound..<(round + 1) * perRound, bench.settings)
            }
            await ledger.close()
            measurement.addRates(ours, of: rounds * perRound, floor: theirs)
        }
        return measurement
    }

    static let messagesTogether = Cell(
        name: "messages-together", title: "1,000 sessions append one message each, again and again, synced",
        target: .ratioAtLeast(20)
    ) { bench in
        var measurement = Measurement(unit: "messages/s", floorName: "ours: one session")
        let sessions = bench.size(1_000, quick: 100)
        let perSession = 10
        for _ in 0..<bench.runs {
            let (ledger, first) = try await ContextCells.ledger(bench, "ours", messages: 0)
            let context = AgentContext(ledger)
            var keys = [first]
            for number in 1..<sessions {
                keys.append(try await context.open(SessionRequest(user: "user-\(number)", role: "helper")).key)
            }
            var corpus = SearchCorpus(seed: 1)
            let messages = (0..<perSession).map { _ in ContextCells.message(&corpus) }
            let one = try await cost {
                for number in 0..<500 { _ = try await context.append(messages[number % perSession], to: first) }
            }
            let together = try await cost { [keys] in
                try await withThrowingTaskGroup { group in
                    for key in keys {
                        group.addTask { for message in messages { _ = try await context.append(message, to: key) } }
                    }
                    try await group.waitForAll()
                }
            }
            await ledger.close()
            measurement.addRates(together, of: sessions * perSession, floor: one, of: 500)
        }
        return measurement
    }

    static let contextAssemble = Cell(
        name: "context-assemble", title: "assemble a context of 200 messages, 5 blocks and a summary",
        target: .millisecondsAtMost(1)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let (ledger, session) = try await ContextCells.ledger(bench, "ours", messages: 1_000)
        let context = AgentContext(ledger)
        for label in ["persona", "human", "task", "style", "facts"] {
            _ = try await context.change(BlockReference(label, of: .session(session.key)), .set("Some lines.\nOf it."))
        }
        _ = try await context.configure(session) { $0.evictionPercent = 80 }
        _ = try await context.evict(session, summary: "They spoke.", tokens: 3)
        for _ in 0..<bench.runs {
            var times: [Double] = []
            for _ in 0..<1_000 {
                var segments = 0
                let cost = try await cost {
                    segments = try await context.context(of: session, budget: 1_000_000, in: ledger).segments.count
                }
                guard segments > 200 else { throw BenchmarkError("The context has \(segments) segments.") }
                times.append(cost.seconds * 1_000)
            }
            measurement.ours.append(median(times))
        }
        await ledger.close()
        return measurement
    }

    static let recall = Cell(
        name: "recall", title: "two words in a session of 1,000,000 messages of 30 words",
        target: .millisecondsAtMost(10)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let messages = bench.size(1_000, quick: 20) * 1_000
        let (ledger, session) = try await ContextCells.ledger(bench, "ours", messages: messages)
        let first = try await ledger.searchMessages("nothing", RecallQuery(of: session), waits: true)
        guard first.indexedTo == first.position else { throw BenchmarkError("The index is behind.") }
        for run in 0..<bench.runs {
            var corpus = SearchCorpus(seed: UInt64(run + 2))
            var times: [Double] = []
            for _ in 0..<300 {
                let words = corpus.text(2)
                times.append(
                    try await cost { _ = try await ledger.searchMessages(words, RecallQuery(of: session)) }.seconds
                        * 1_000)
            }
            measurement.ours.append(median(times))
            measurement.notes.append("the 99th percentile \(short(times.sorted()[times.count * 99 / 100])) ms")
        }
        await ledger.close()
        return measurement
    }
}

private enum ContextCells {
    static func message(_ corpus: inout SearchCorpus) -> SessionMessage {
        SessionMessage(.user, corpus.text(30), tokens: 40)
    }

    /// A ledger with one session, which has so many messages.
    static func ledger(
        _ bench: Bench, _ name: String, messages: Int
    ) async throws -> (ledger: MemoryLedger, session: MemoryKey) {
        var options = MemoryLedgerOptions(file: bench.settings)
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.open(at: bench.folder.fresh(name), options: options)
        var request = SessionRequest(user: "user-0", role: "helper")
        request.budget = SessionSettings.maximumBudget
        let session = try await AgentContext(ledger).open(request).key
        var corpus = SearchCorpus(seed: 1)
        // At once, which a session's own append does not do.
        let stream = StreamFamily("sessions").stream(session.namespace, session.key)
        for start in stride(from: 0, to: messages, by: 1_000) {
            let bodies = (start..<min(start + 1_000, messages)).map { _ in SessionEvent.appended(message(&corpus)) }
            try await ledger.commit(to: stream) { _ in bodies }
        }
        return (ledger, session)
    }
}
