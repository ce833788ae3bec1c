import EventLog
import LedgerStorage
public import MerkleLog

extension SQLiteEventLog {
    /// The rotations that the log records, each verified by its signatures.
    ///
    /// - Throws: `EventLogError` with `noTree`, or `limitExceeded` beyond `SigningKeyChain.maximumLinks`.
    public func signingKeyChain() async throws -> SigningKeyChain {
        try file.readSnapshot { try signingKeyChain($0) }
    }

    func signingKeyChain(_ sqlite: SQLiteConnection) throws -> SigningKeyChain {
        guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
        let origin = LedgerOrigin(ledger: ledger)
        let reader = reader(sqlite)
        var chain = SigningKeyChain()
        var next: StreamVersion? = 1
        while let from = next {
            let page = try reader.readStream(
                LedgerEvent.Stream.keys, from: from, direction: .forwards, limit: min(256, limits.pageEvents))
            for event in page.events {
                guard case .signingKeyRotated(let rotation)? = try rotated(by: event) else { continue }
                try chain.follow(rotation, of: event, origin: origin)
            }
            next = page.next
        }
        return chain
    }

    /// What is no rotation is passed over, but not what a newer program may have meant for one.
    private func rotated(by event: RecordedEvent) throws -> LedgerEvent? {
        do {
            return try LedgerEvent.decode(event)
        } catch let error as EventLogError where error.code == .damagedPayload {
            return nil
        }
    }
}
