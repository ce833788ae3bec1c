import EventLog

@testable import MemoryLedger

/// Where memories come from, and what is held back for it, in sets and loops.
struct ModelContributors {
    /// A memory from its making to its end.
    typealias Life = Int

    /// The life that each key holds, or held last.
    private(set) var holders: [MemoryKey: Life] = [:]
    private var contributors: [Life: Set<Contributor>] = [:]
    private var parents: [Life: Set<Life>] = [:]
    private(set) var quarantined: Set<Contributor> = []

    /// A key holds a new memory.
    mutating func make(_ key: MemoryKey, _ said: RandomContributor) {
        let life = contributors.count
        contributors[life] = []
        // Derived from its own key: from what that held before.
        write(life, said)
        holders[key] = life
    }

    mutating func change(_ key: MemoryKey, _ said: RandomContributor) {
        if let life = holders[key] { write(life, said) }
    }

    private mutating func write(_ life: Life, _ said: RandomContributor) {
        if let actor = said.attribution.actor { contributors[life]?.insert(.actor(actor)) }
        guard let provenance = said.provenance else { return }
        if let source = provenance.source { contributors[life]?.insert(.source(source)) }
        parents[life, default: []].formUnion(provenance.derivedFrom.compactMap { holders[$0] })
    }

    mutating func rename(_ key: MemoryKey, to new: MemoryKey) { holders[new] = holders[key] }
    mutating func quarantine(_ contributor: Contributor) -> Bool { quarantined.insert(contributor).inserted }
    mutating func release(_ contributor: Contributor) -> Bool { quarantined.remove(contributor) != nil }

    func isHeld(_ key: MemoryKey) -> Bool { holders[key].map { held.contains($0) } ?? false }

    /// What comes from a quarantined contributor, and what was derived from that, until nothing more is found.
    private var held: Set<Life> {
        guard !quarantined.isEmpty else { return [] }
        var held = Set(contributors.filter { !$0.value.isDisjoint(with: quarantined) }.keys)
        while true {
            let more = parents.filter { !held.contains($0.key) && !$0.value.isDisjoint(with: held) }.keys
            if more.isEmpty { return held }
            held.formUnion(more)
        }
    }
}
