import EventLog
import MemoryLedger

/// Spans of events whose first and last ones are included.
extension OperationRequest {
    /// The moment right before what a span begins with.
    ///
    /// - Throws: `EventLogError.unknownMoment` for an id that there is none of, or not for the one who asks.
    func boundary(before first: MomentReference, _ moments: ScopedMoments?) async throws -> Moment {
        switch first {
        case .position(let position):
            // What is beyond the log is named as it was given.
            let head = try await (ledger.log as any EventLog).head()
            return .position(position > head ? position : max(0, position - 1))
        case .event(let id): return .position(try await position(of: id, moments) - 1)
        case .time(let time): return .time(Timestamp(milliseconds: time.first.milliseconds - 1))
        }
    }

    /// The positions from one moment to another, as far as they are not times.
    func positions(
        from first: MomentReference?, through last: MomentReference?, _ moments: ScopedMoments?
    ) async throws -> Range<Position> {
        let start = try await position(first, moments) ?? 1
        let (end, isBeyond) = (try await position(last, moments) ?? .max).addingReportingOverflow(1)
        return isBeyond ? start..<Position.max : min(start, end)..<end
    }

    private func position(_ moment: MomentReference?, _ moments: ScopedMoments?) async throws -> Position? {
        switch moment {
        case .position(let position)?: position
        case .event(let id)?: try await position(of: id, moments)
        case .time?, nil: nil
        }
    }

    private func position(of id: EventID, _ moments: ScopedMoments?) async throws -> Position {
        if let moments { return try await moments.position(of: id) }
        guard let event = try await (ledger.log as any EventLog).event(id: id) else {
            throw EventLogError(.unknownMoment, "The log has no event \(id); `log` shows the ids of those it has.")
        }
        return event.position
    }
}
