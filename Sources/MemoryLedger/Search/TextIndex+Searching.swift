import EventLog
import LedgerStorage
import Logging
import TextSearchFTS5

extension TextIndex {
    /// How often an index is brought up that is gone when it is asked.
    private static let maximumAttempts = 8

    /// What a search needs to know of the index besides its words.
    struct Use: Sendable {
        /// The position that is asked about; nil: the present.
        var wanted: Position?
        /// It is brought up however far it is behind.
        var waits: Bool
        /// Events that are caught up with without being told to wait.
        var maximumLag: Position
    }

    /// Runs a search with the index brought up to date as far as that is wanted, and makes a damaged one again.
    ///
    /// - Returns: nil, if there is no index that could be used; and why it has not all that it might have.
    /// - Throws: what the body throws; `explained` says it in the ledger's errors.
    func searched<T>(
        _ use: Use, _ report: @escaping @Sendable (Position, Position) -> Void,
        _ body: (_ index: SQLiteConnection, _ ledger: SQLiteConnection, _ indexed: Progress) throws -> T
    ) async throws -> (found: T?, problem: String?) {
        let identity = identity
        do { return try await attempted(use, report, body) } catch {
            // It can be made again, so it need not be asked for.
            guard isDamage(error), let identity, mayWrite else { throw error }
            logger.warning("The text index is damaged, and made again")
            // Another search may have made the next one already.
            try remove(if: identity)
            return try await attempted(use, report, body)
        }
    }

    private func attempted<T>(
        _ use: Use, _ report: @escaping @Sendable (Position, Position) -> Void,
        _ body: (SQLiteConnection, SQLiteConnection, Progress) throws -> T
    ) async throws -> (found: T?, problem: String?) {
        var attempt = 1
        while true {
            let problem = try await prepare(use, report)
            let found = try read(body)
            // Others may have deleted it in between, since something was erased or built again.
            guard found == nil, problem == nil, attempt < Self.maximumAttempts else { return (found, problem) }
            attempt += 1
        }
    }

    /// - Returns: why it cannot be brought to where the tables are; what it has is searched all the same.
    private func prepare(
        _ use: Use, _ report: @escaping @Sendable (Position, Position) -> Void
    ) async throws -> String? {
        let lag = try lag()
        guard lag.position < min(lag.head, use.wanted ?? .max) else { return nil }
        guard mayWrite else { return "the ledger was opened for reading only" }
        follow()
        guard use.waits || lag.head - lag.position <= use.maximumLag else {
            fill()
            return "it is being brought up to date"
        }
        do {
            try await bringUp { report($0.position, $0.head) }
            return nil
        } catch is CancellationError {
            // Who asks again finds it further.
            fill()
            throw CancellationError()
        } catch let error as EventLogError where error.keepsFromFilling && error.corruptFile == nil {
            logger.warning("The text index was not filled", metadata: ["error": "\(error)"])
            return error.code == .busy ? "another process is writing it" : error.message
        }
    }

    func isDamage(_ error: any Error) -> Bool {
        switch error {
        case let error as TextIndexError: error.code == .damaged || error.code == .unknownLayout
        case let error as EventLogError:
            error.corruptFile.map { FileIdentity($0) == FileIdentity(path) } ?? false
        default: false
        }
    }

    /// What the index says of itself, in the ledger's errors.
    ///
    /// - Parameter cursor: the one that the search was given.
    func explained(_ error: any Error, _ cursor: String?) -> any Error {
        switch (error as? TextIndexError)?.code {
        case nil where isDamage(error): unreadable
        case nil: error
        case .wrongPlace: SearchCursor.isNone(cursor ?? "")
        case .prefixTooBroad: MemoryLedgerError(.invalidQuery, "\(error)")
        case .noFTS5: EventLogError(.unsupported, "\(error)")
        case .unknownLayout, .damaged: unreadable
        }
    }

    private var unreadable: EventLogError {
        EventLogError(
            .storage, "The text index cannot be read; delete \(path), and the next search makes it again.")
    }
}

extension EventLogError {
    /// The disk, another process or the rights of a file are in the way; the index may be filled later.
    fileprivate var keepsFromFilling: Bool { [.busy, .storage, .readOnly].contains(code) }
}
