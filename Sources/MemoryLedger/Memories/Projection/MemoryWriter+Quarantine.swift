import EventLog
import LedgerStorage
import Projections

/// Holding back what comes from a contributor, and what was derived from that.
extension MemoryWriter {
    func apply(_ event: QuarantineEvent) throws {
        switch event {
        case .quarantined(let contributor, let reason): try quarantine(contributor, reason)
        case .released(let contributor, _): try release(contributor)
        }
    }

    /// The contributors that are quarantined.
    func quarantinedContributors() throws -> Set<Int64> {
        if let known = known.quarantined { return known }
        var contributors: Set<Int64> = []
        let row = try rows(.quarantines)
        defer { row.reset() }
        while try row.step() { contributors.insert(row.int64(0)) }
        known.quarantined = contributors
        return contributors
    }

    func isHeld(_ memory: Int64) throws -> Bool {
        let find = try rows(.isHeld)
        find.bind(1, memory)
        defer { find.reset() }
        return try find.step()
    }

    /// Holds a memory back, and what was derived from it.
    func hold(_ memory: Int64) throws {
        let hold = try rows(.hold)
        hold.bind(1, memory)
        hold.bind(2, position)
        try hold.run()
    }

    private func quarantine(_ contributor: Contributor, _ reason: String?) throws {
        let id = try id(of: contributor)
        guard try !quarantinedContributors().contains(id) else { return }
        let add = try rows(.addQuarantine)
        add.bind(1, id)
        add.bind(2, position)
        add.bind(3, reason)
        try add.run()
        known.quarantined?.insert(id)
        let hold = try rows(.holdAll)
        hold.bind(1, id)
        hold.bind(2, position)
        try hold.run()
    }

    private func release(_ contributor: Contributor) throws {
        let id = try id(of: contributor)
        guard try quarantinedContributors().contains(id) else { return }
        let delete = try rows(.deleteQuarantine)
        delete.bind(1, id)
        try delete.run()
        known.quarantined?.remove(id)
        let letGo = try rows(.letGo)
        letGo.bind(1, position)
        try letGo.run()
        try rows(.forgetHeld).run()
    }

    func set(_ change: LedgerPolicyChange) throws {
        for member in change.json.object?.members ?? [] {
            let set = try rows(.setPolicy)
            set.bind(1, member.name)
            set.bind(2, member.value == .bool(true) ? 1 : 0)
            set.bind(3, position)
            try set.run()
        }
    }
}
