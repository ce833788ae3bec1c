/// The events of a query, read page by page as they are consumed.
public struct EventSequence: AsyncSequence, Sendable {
    /// What it is a sequence of.
    public typealias Element = RecordedEvent

    let log: any EventLog
    let query: EventQuery

    public func makeAsyncIterator() -> Iterator { Iterator(log: log, query: query) }

    /// Reads one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let log: any EventLog
        var query: EventQuery
        private var page: [RecordedEvent] = []
        private var index = 0
        private var isAtEnd = false

        init(log: any EventLog, query: EventQuery) {
            self.log = log
            self.query = query
        }

        public mutating func next() async throws -> RecordedEvent? {
            while index == page.count {
                if isAtEnd { return nil }
                try Task.checkCancellation()
                let answer = try await log.read(query)
                page = answer.events
                index = 0
                query.from = answer.next
                isAtEnd = answer.next == nil
            }
            defer { index += 1 }
            return page[index]
        }
    }
}

/// The events of a query and then each new one, until the consuming task is cancelled, which ends the sequence.
///
/// It keeps nothing outside its iterator but, while it waits, one continuation in the log, removed on cancellation.
public struct EventSubscription: AsyncSequence, Sendable {
    /// What it is a sequence of.
    public typealias Element = RecordedEvent

    let log: any EventLog
    let query: EventQuery

    public func makeAsyncIterator() -> Iterator { Iterator(log: log, query: query) }

    /// Reads one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let log: any EventLog
        var query: EventQuery
        private var page: [RecordedEvent] = []
        private var index = 0

        init(log: any EventLog, query: EventQuery) {
            self.log = log
            self.query = query
        }

        public mutating func next() async throws -> RecordedEvent? {
            while index == page.count {
                if Task.isCancelled { return nil }
                let answer = try await log.read(query)
                page = answer.events
                index = 0
                query.from = answer.next ?? answer.readThrough
                if page.isEmpty, answer.next == nil {
                    do {
                        try await log.waitForEvent(after: answer.readThrough)
                    } catch is CancellationError {
                        return nil
                    }
                }
            }
            defer { index += 1 }
            return page[index]
        }
    }
}
