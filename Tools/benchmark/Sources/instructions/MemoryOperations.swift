import EventLog
import MemoryLedger

extension Operation {
    static let openAndClose = Operation(name: "open-close") { place in
        await (try place.ledgerOfMemories()).close()
        try await place.count(20) { _ in await (try place.openLedger()).close() }
    }

    static let add = Operation(name: "add") { place in
        let ledger = try await place.ledgerOfMemories()
        let added = place.memories(from: Workplace.memories / 1_000, batches: 1)[0]
        try await place.count(500) { try await ledger.add(added[$0].0, added[$0].1) }
        await ledger.close()
    }

    static let addAll = Operation(name: "add-all") { place in
        let ledger = try await place.ledgerOfMemories()
        let added = place.memories(from: Workplace.memories / 1_000, batches: 3)
        try await place.count(3_000) {
            for batch in added { try await ledger.addAll(batch) }
        }
        await ledger.close()
    }

    static let get = Operation(name: "get") { place in
        let ledger = try await place.ledgerOfMemories()
        let times = 2_000
        let keys = place.keys(Workplace.warmUps + times)
        // Each page of the table is read once.
        for number in 0..<Workplace.memories { _ = try await ledger.get(MemoryKey(key: Corpus.key(number))) }
        try await place.count(times) {
            guard try await ledger.get(keys[$0]) != nil else { throw InstructionsError("No \(keys[$0]).") }
        }
        await ledger.close()
    }

    static let countedGet = Operation(name: "counted-get") { place in
        let ledger = try await place.ledgerOfMemories()
        let service = KVMemoryService(ledger)
        let perFlush = 500
        let keys = place.keys(perFlush)
        try await read(keys, service)
        try await place.count(4 * perFlush) {
            for _ in 0..<4 { try await read(keys, service) }
        }
        await ledger.close()
    }

    static let list = Operation(name: "list") { place in
        let ledger = try await place.ledgerOfMemories()
        try await place.count(20) { _ in
            let page = try await ledger.list(MemoryQuery(namespace: MemoryKey.defaultNamespace, limit: 100))
            guard page.memories.count == 100 else { throw InstructionsError("\(page.memories.count) memories") }
        }
        await ledger.close()
    }

    static let link = Operation(name: "link") { place in
        let ledger = try await place.ledgerOfMemories()
        let times = 300
        let targets = place.keys(Workplace.warmUps + times)
        try await place.count(times) {
            let link = MemoryLink(type: "cites", key: targets[$0].key, term: "as said")
            try await ledger.link(MemoryKey(key: Corpus.key($0)), link)
        }
        await ledger.close()
    }

    static let rename = Operation(name: "rename") { place in
        let ledger = try await place.ledgerOfMemories()
        try await place.count(300) { try await ledger.rename(MemoryKey(key: Corpus.key($0)), to: "renamed-\($0)") }
        await ledger.close()
    }

    static let asOfOne = Operation(name: "as-of-one") { place in
        let ledger = try await place.ledgerOfMemories()
        let keys = place.keys(Workplace.memories)
        for key in keys.prefix(500) { try await ledger.update(key, MemoryChange(summary: "Changed")) }
        let head = Int(try await ledger.log.head())
        var corpus = place.corpus(seed: 3)
        try await place.count(300) {
            _ = try await ledger.asOf(.position(Position(corpus.below(head) + 1))).get(keys[$0])
        }
        await ledger.close()
    }

    static let rebuild = Operation(name: "rebuild") { place in
        let ledger = try await place.ledgerOfMemories()
        for turn in 0..<20 {
            for key in place.keys(100) { _ = try await ledger.access(key) }
            try await ledger.flushReads()
            try await ledger.rename(MemoryKey(key: Corpus.key(turn)), to: "renamed-\(turn)")
        }
        try await ledger.rebuild()
        let events = Int(try await ledger.log.head())
        try await place.count(events) { try await ledger.rebuild() }
        await ledger.close()
    }

    static let search = Operation(name: "search") { place in
        let ledger = try await place.openLedger()
        var corpus = SearchCorpus(seed: 1)
        try await ledger.addAll((0..<Workplace.memories).map { (MemoryKey(key: Corpus.key($0)), corpus.memory()) })
        var first = MemorySearch("everything")
        first.waitsForIndex = true
        let page = try await ledger.search(first)
        guard page.indexedTo == page.position else { throw InstructionsError("The index is behind.") }
        try await place.count(100) { _ in _ = try await ledger.search(MemorySearch(corpus.text(2))) }
        await ledger.close()
    }
}

private func read(_ keys: [MemoryKey], _ service: KVMemoryService) async throws {
    for key in keys {
        guard try await service.getMemory(key.namespace, key.key) != nil else { throw InstructionsError("No \(key).") }
    }
    try await service.ledger.flushReads()
}
