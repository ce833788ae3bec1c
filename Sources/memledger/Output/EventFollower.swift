import EventLog
import MemoryLedger
import SQLiteEventLog

/// Prints events as they come, one line each, until the process is interrupted.
struct EventFollower {
    let log: SQLiteEventLog
    let selection: EventSelection
    let json: Bool

    /// - Parameters:
    ///   - after: The position to begin after; nil begins with the last events that there are.
    ///   - last: How many of them.
    func run(after: Position?, last: Int) async throws {
        var position = after ?? 0
        if after == nil {
            // The head first: nothing is shown twice, and nothing that comes meanwhile is left out.
            let head = try await log.head()
            let page = try await selection.page(log, direction: .backwards, from: nil, limit: last)
            for event in page.events.reversed() { try show(event) }
            position = max(head, page.events.first?.position ?? 0)
        }
        // The sequence ends when somebody presses Ctrl-C, and so the command ends as if it were done.
        do {
            for try await event in log.subscribe(selection.subscription, after: position)
            where selection.matches(event) {
                try show(event)
            }
        } catch is CancellationError {
            return
        }
    }

    private func show(_ event: RecordedEvent) throws {
        let output = FileWriter.standardOutput()
        if json {
            try output.write(try event.json().description + "\n")
        } else {
            var table = EventTable.make(isPaged: false)
            table.add(try EventTable.row(event))
            try output.write(table.render(Style.detected(1), terminalWidth: System.terminalWidth(1)))
        }
        try output.flush()
    }
}
