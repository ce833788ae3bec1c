// What every log makes of a query before it looks at an event, so that all of them answer the same pages.

extension EventQuery {
    /// The positions that `from` and the times leave of a log; nil for none. The filter's other fields are for the log.
    ///
    /// - Parameter firstRecorded: the first position recorded at the time or later; the head plus one for none.
    public func bounds(
        head: Position, firstRecorded: (_ atLeast: Timestamp) throws -> Position
    ) rethrows -> ClosedRange<Position>? {
        var first: Position = 1
        var last = head
        if let from {
            switch direction {
            case .forwards: first = max(first, from.addingCapped(1))
            case .backwards: last = min(last, from.addingCapped(-1))
            }
        }
        // Recorded times ascend with positions, so a time is found by bisection.
        if let time = filter.recordedFrom { first = max(first, try firstRecorded(time)) }
        if let time = filter.recordedThrough, time.milliseconds < .max {
            last = min(last, try firstRecorded(Timestamp(milliseconds: time.milliseconds + 1)) - 1)
        }
        return first <= last ? first...last : nil
    }

    /// The page of a query whose bounds hold nothing.
    public func emptyPage(head: Position) -> EventPage {
        EventPage(events: [], next: nil, readThrough: direction == .forwards ? max(from ?? 0, head) : 1)
    }

    /// The page that these events make.
    ///
    /// - Parameter isFull: there may be more matching events within the bounds.
    public func page(_ events: [RecordedEvent], isFull: Bool, bounds: ClosedRange<Position>) -> EventPage {
        let end = direction == .forwards ? bounds.upperBound : bounds.lowerBound
        guard isFull, let last = events.last?.position else {
            return EventPage(events: events, next: nil, readThrough: end)
        }
        return EventPage(events: events, next: last == end ? nil : last, readThrough: last)
    }
}

extension ReadDirection {
    /// The versions that a page of a stream asks for; nil for none.
    ///
    /// - Parameter head: the stream's version.
    public func versions(from: StreamVersion?, limit: Int, head: StreamVersion) -> ClosedRange<StreamVersion>? {
        let first: StreamVersion
        let last: StreamVersion
        switch self {
        case .forwards:
            first = max(1, from ?? 1)
            last = min(head, first.addingCapped(Int64(limit) - 1))
        case .backwards:
            last = min(head, from ?? head)
            first = max(1, last.addingCapped(1 - Int64(limit)))
        }
        return first <= last ? first...last : nil
    }

    /// The version that the next page begins at, after this many events of the versions; nil at the stream's end.
    public func next(after count: Int, of versions: ClosedRange<StreamVersion>, head: StreamVersion) -> StreamVersion? {
        switch self {
        case .forwards:
            let reached = versions.lowerBound + StreamVersion(count)
            return reached <= head ? reached : nil
        case .backwards:
            let reached = versions.upperBound - StreamVersion(count)
            return reached >= 1 ? reached : nil
        }
    }
}

extension Int64 {
    package func addingCapped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }
}
