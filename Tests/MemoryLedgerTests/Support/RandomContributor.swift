import EventLog

@testable import MemoryLedger

/// Who writes something by chance, what from, and whom a quarantine may be put on: few of each, so that they meet.
struct RandomContributor {
    let attribution: Attribution
    let provenance: Provenance?
    /// Something to quarantine or to release.
    let contributor: Contributor

    static let actors = ["ann", "bob", "cid"]
    static let sources = [Provenance.Source(.tool, "web"), Provenance.Source(.model, "m"), .init(.user, "ann")]

    init(_ random: inout SeededGenerator, keys: [MemoryKey]) {
        attribution = Attribution(actor: Bool.random(using: &random) ? Self.actors.randomElement(using: &random) : nil)
        var provenance = Provenance()
        if Int.random(in: 0..<3, using: &random) == 0 {
            provenance.source = Self.sources.randomElement(using: &random)
        }
        if Int.random(in: 0..<4, using: &random) == 0 { provenance.trust = Int.random(in: 0...100, using: &random) }
        if Int.random(in: 0..<3, using: &random) == 0 {
            provenance.derivedFrom = (0..<Int.random(in: 1..<3, using: &random)).compactMap { _ in
                keys.randomElement(using: &random)
            }
        }
        self.provenance = provenance.isEmpty ? nil : provenance
        let actor = Self.actors.randomElement(using: &random) ?? "ann"
        let source = Self.sources.randomElement(using: &random) ?? Self.sources[0]
        contributor = Bool.random(using: &random) ? .actor(actor) : .source(source)
    }
}
