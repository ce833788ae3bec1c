import EventLog

@testable import MemoryLedger

/// What a ledger must answer, in plain dictionaries: the simplest thing that can be right.
struct ModelLedger {
    var memories: [MemoryKey: Memory] = [:]
    var contributors = ModelContributors()

    mutating func put(_ id: MemoryKey, _ content: MemoryContent, _ said: RandomContributor, at time: Timestamp) {
        memories[id] = Memory(
            id: id, content: content, meta: MemoryMeta(id: id.key, at: time), provenance: said.provenance)
        contributors.make(id, said)
    }

    /// What a key means: a memory of that very key, else the one without the namespace's prefix.
    func meaning(of id: MemoryKey) -> MemoryKey {
        let prefix = id.namespace + ":"
        guard memories[id] == nil, id.key.hasPrefix(prefix), id.key != prefix else { return id }
        return meaning(of: MemoryKey(namespace: id.namespace, key: String(id.key.dropFirst(prefix.count))))
    }

    func target(of link: MemoryLink, in namespace: String) -> MemoryKey? {
        link.key.map { meaning(of: MemoryKey(namespace: namespace, key: $0)) }
    }

    mutating func rename(_ id: MemoryKey, to key: String) {
        let before = self
        guard var memory = memories.removeValue(forKey: id) else { return }
        memory.id.key = key
        memory.meta.id = key
        memories[memory.id] = memory
        contributors.rename(id, to: memory.id)
        for source in memories.keys where source.namespace == id.namespace {
            guard var links = memories[source]?.content.links else { continue }
            for index in links.indices where before.target(of: links[index], in: id.namespace) == id {
                links[index].key = key
            }
            memories[source]?.content.links = links
        }
    }

    mutating func link(_ id: MemoryKey, _ link: MemoryLink) {
        guard var links = memories[id]?.content.links else { return }
        let index =
            links.firstIndex { $0.connectsLike(link) }
            ?? links.firstIndex { known in
                guard known.type == link.type, let target = target(of: link, in: id.namespace) else { return false }
                return self.target(of: known, in: id.namespace) == target
            }
        if let index {
            links[index].term = link.term
            links[index].weight = link.weight
        } else {
            links.append(link)
        }
        memories[id]?.content.links = links
    }

    /// The memories that are shown.
    var shown: [Memory] { expected.filter { !contributors.isHeld($0.id) } }

    /// The memories in order, with the degrees that their links make.
    var expected: [Memory] {
        memories.values.sorted { $0.id < $1.id }.map { memory in
            var memory = memory
            memory.meta.outDegree = memory.content.links.filter { $0.key != nil }.count
            memory.meta.inDegree = memories.values.reduce(0) { sum, source in
                guard source.namespace == memory.namespace else { return sum }
                return sum + source.content.links.filter { target(of: $0, in: memory.namespace) == memory.id }.count
            }
            return memory
        }
    }

    func statistics(_ namespace: String) -> (memories: Int, links: Int, linksWithoutTarget: Int) {
        let own = memories.values.filter { $0.namespace == namespace }
        let links = own.flatMap(\.content.links)
        let dangling = links.filter { link in
            target(of: link, in: namespace).map { memories[$0] == nil } ?? true
        }
        return (own.count, links.count, dangling.count)
    }
}
