import EventLog
import MemoryLedger
import SQLiteEventLog

extension Cell {
    static let size = Cell(
        name: "size", title: "bytes on disk per event of real text, everything that the log needs",
        target: .ratioAtMost(0.6)
    ) { bench in
        let wanted = bench.size(45_000, quick: 8_000)
        let training = 5_000
        let texts = RealText.paragraphs(limit: wanted)
        guard texts.count > training * 3 / 2 else {
            throw BenchmarkError("Only \(texts.count) paragraphs were found on this machine; install documents.")
        }
        var measurement = Measurement(unit: "bytes", floorName: "the memory as compact JSON")
        let memories = RealText.memories(texts)
        let ledger = try await bench.openLedger("ledger")
        var index = 0
        while index < memories.count {
            try await ledger.addAll(Array(memories[index...].prefix(1_000)), by: Attribution(actor: "agent"))
            index += 1_000
        }
        let log = try bench.openLog("ours")
        var trainer = DictionaryTrainer()
        var count = 0
        var before: Int64 = 0
        var eventJSON = 0
        var memoryJSON = 0
        var batch: [StreamAppend] = []
        for try await event in ledger.log.events(pageSize: 1_000) {
            let (memory, content) = memories[count]
            count += 1
            batch.append(SizeCell.copy(event))
            if count <= training {
                trainer.add(event.payload)
            } else {
                memoryJSON += MemoryJSON.memory(memory, content).utf8.count
                eventJSON += MemoryJSON.event(event, memory, content).utf8.count
            }
            guard batch.count == 1_000 || count == memories.count || count == training else { continue }
            _ = try await log.append(batch)
            batch = []
            if count == training {
                before = try SizeCell.bytes(log, bench)
                if let dictionary = trainer.train() { _ = try await log.addDictionary(dictionary) }
            }
        }
        await ledger.close()
        let measured = Double(count - training)
        let bytes = Double(try SizeCell.bytes(log, bench) - before)
        await log.close()
        measurement.add(ours: bytes / measured, floor: Double(memoryJSON) / measured)
        measurement.notes = [
            "\(grouped(measured)) events after \(grouped(Double(training))) that trained the dictionary, which is included",
            "of the whole event's JSON (\(short(Double(eventJSON) / measured)) bytes): \(short(bytes / Double(eventJSON)))",
            "pages in use per table: \(SizeCell.tables(log.path, bench))",
            RealText.description,
        ]
        return measurement
    }
}

private enum SizeCell {
    static func copy(_ event: RecordedEvent) -> StreamAppend {
        StreamAppend(
            event.stream,
            events: [
                NewEvent(
                    id: event.id, type: event.type, schemaVersion: event.schemaVersion, payload: event.payload,
                    occurredAt: event.occurredAt, attribution: event.attribution)
            ])
    }

    /// The file's size with everything moved into it.
    static func bytes(_ log: SQLiteEventLog, _ bench: Bench) throws -> Int64 {
        let floor = try Floor(at: log.path, bench.settings)
        return floor.integer("PRAGMA page_count") * floor.integer("PRAGMA page_size")
    }

    static func tables(_ path: String, _ bench: Bench) -> String {
        guard let floor = try? Floor(reading: path, bench.settings) else { return "" }
        return ["events", "stream_names", "stream_heads", "stream_marks", "segments", "postings", "dictionaries"].map {
            table in
            let bytes = floor.integer("SELECT sum(pgsize) FROM dbstat WHERE name = '\(table)'")
            return "\(table) \(grouped(Double(max(0, bytes)) / 1_024)) KiB"
        }.joined(separator: ", ")
    }
}
