import EventLog
import LedgerCapabilities

extension LostHead {
    init(_ head: AcknowledgedHead, found: Position, in ledger: String) {
        self.init(origin: head.origin, position: head.position, root: head.root, found: found, in: ledger)
    }

    var damage: LogDamage { LogDamage(.lostHead, at: min(position, found + 1), through: position, what) }
}
