import EventLog
import LedgerStorage
import Projections
import TextSearchFTS5

extension MemorySearcher {
    /// A page of what had occurred by a time: of the moment's tables, as every other answer about such a moment, and of
    /// an index of them, which is kept with them for the next page or question.
    ///
    /// The ledger's index knows texts by positions. Where events in between are left out, a text may be one that never
    /// stood at any position.
    func page(
        occurredBy moment: LogMoment, changed: ClosedRange<Position>?, offset: Int,
        _ report: @Sendable (_ done: Position, _ of: Position) -> Void
    ) async throws -> Page {
        var moment = moment
        // What was appended since the first page may have occurred before the time.
        moment.position = min(moment.position, cursor?.position ?? .max)
        let locked = try source.parts.tables.read { try self.locked($0) }
        let view = try await MemorySource.readableView(of: moment, in: source.parts)
        do {
            let side = try view.sideDatabase { index, tables in
                defer { index.forgetStatements() }
                try fill(index, of: tables) { report($0, moment.position) }
            }
            // In this order: whoever waits for the index keeps none of the view's readers from others.
            return try side.runAndWait { index in
                defer { index.forgetStatements() }
                return try view.readSnapshot { tables in
                    let standing = try StandingTexts(
                        search, at: moment.position, isOfNow: false, isPast: false, now: source.now, changed: changed,
                        locked: locked, ended: EndedTexts().known(TextIndexBasis(), head: moment.position, tables),
                        rows: FilteredRows(search.filter, tables), tables)
                    return try page(of: moment, index, standing, locked, offset, tables)
                }
            }
        } catch let error as TextIndexError {
            throw source.parts.textIndex.explained(error, search.after)
        }
    }

    private func page(
        of moment: LogMoment, _ index: SQLiteConnection, _ standing: StandingTexts, _ locked: [String], _ offset: Int,
        _ tables: SQLiteConnection
    ) throws -> Page {
        let found = try ranked(index, standing, indexedTo: moment.position, offset: offset, tables)
        return Page(
            rows: try found.hits.dropFirst(offset).map { try row($0, memories: true, tables) }, total: found.total,
            next: found.next.map { SearchCursor(question, position: moment.position, place: $0) },
            indexedTo: moment.position, position: moment.position, locked: locked)
    }

    /// Texts between two reports.
    private static let reportedTexts = 4_096

    private func fill(
        _ index: SQLiteConnection, of tables: SQLiteConnection, _ report: (Position) -> Void
    ) throws {
        try TextIndexFile.register(on: index.handle)
        try TextIndexFile.make(index)
        var texts = 0
        try TextVersions.read(after: 0, through: .max, tables) { version in
            try TextIndexFile.insert(version.indexed, index)
            texts += 1
            if texts % Self.reportedTexts == 0 { report(version.began) }
            return !Task.isCancelled
        }
        try Task.checkCancellation()
    }
}
