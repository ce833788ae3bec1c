import Dispatch
import EventLog
import MemoryLedger

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
        let begin = position
        // The consumer ends when its task is cancelled, and so the command ends as if it were done.
        let task = Task {
            for try await event in log.subscribe(selection.subscription, after: begin) where selection.matches(event) {
                try show(event)
            }
        }
        let signals = Interrupts { task.cancel() }
        defer { signals.stop() }
        do {
            try await task.value
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

/// Calls back when somebody presses Ctrl-C or asks the process to end.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ body: @escaping @Sendable () -> Void) {
        sources = System.interruptSignals.map { signal in
            System.ignore(signal)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
