import EventLog

@testable import MemoryLedger

/// What a ledger must answer, in plain dictionaries: the simplest thing that can be right.
struct ModelLedger {
    var memories: [MemoryKey: Memory] = [:]
    var origins = ModelOrigins()

    mutating func put(_ id: MemoryKey, _ content: MemoryContent, _ said: RandomOrigin, at time: Timestamp) {
        memories[id] = Memory(
            id: id, content: content, meta: MemoryMeta(id: id.key, at: time), provenance: said.provenance)
        origins.make(id, said)
    }

    mutating func rename(_ id: MemoryKey, to key: String) {
        guard var memory = memories.removeValue(forKey: id) else { return }
        memory.id.key = key
        memory.meta.id = key
        memories[memory.id] = memory
        origins.rename(id, to: memory.id)
        for source in memories.keys where source.namespace == id.namespace {
            guard var links = memories[source]?.content.links else { continue }
            for index in links.indices where links[index].key == id.key { links[index].key = key }
            memories[source]?.content.links = links
        }
    }

    mutating func link(_ id: MemoryKey, _ link: MemoryLink) {
        guard var links = memories[id]?.content.links else { return }
        if let index = links.firstIndex(where: { $0.connectsLike(link) }) {
            links[index].term = link.term
            links[index].weight = link.weight
        } else {
            links.append(link)
        }
        memories[id]?.content.links = links
    }

    /// The memories that are shown.
    var shown: [Memory] { expected.filter { !origins.isHeld($0.id) } }

    /// The memories in order, with the degrees that their links make.
    var expected: [Memory] {
        memories.values.sorted { $0.id < $1.id }.map { memory in
            var memory = memory
            memory.meta.outDegree = memory.content.links.filter { $0.key != nil }.count
            memory.meta.inDegree = memories.values.reduce(0) { sum, source in
                guard source.namespace == memory.namespace else { return sum }
                return sum + source.content.links.filter { $0.key == memory.key }.count
            }
            return memory
        }
    }

    func statistics(_ namespace: String) -> (memories: Int, links: Int, linksWithoutTarget: Int) {
        let own = memories.values.filter { $0.namespace == namespace }
        let links = own.flatMap(\.content.links)
        let dangling = links.filter { link in
            link.key.map { memories[MemoryKey(namespace: namespace, key: $0)] == nil } ?? true
        }
        return (own.count, links.count, dangling.count)
    }
}
