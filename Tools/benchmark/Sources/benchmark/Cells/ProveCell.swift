import EventLog
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog

extension Cell {
    static let prove = Cell(
        name: "prove", title: "prove a random event of 1,000,000, the proof verified", target: .millisecondsAtMost(5)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "", notes: ["the median; small events"])
        let (log, key) = try await ProveCell.log(bench)
        let keyFile = SigningKeyFile.beside(log.path)
        let signed = try await cost { try await log.signCheckpoint(with: keyFile) }
        measurement.notes.append("signing, synced: \(short(signed.seconds * 1_000)) ms")
        let size = try await log.head()
        var corpus = Corpus(seed: 2)
        var slow: [Double] = []
        var busy: [Double] = []
        var hashes = 0
        for _ in 0..<bench.runs {
            var times: [Double] = []
            var cpuTimes: [Double] = []
            for _ in 0..<bench.size(2_000, quick: 200) {
                let position = Position(corpus.below(Int(size)) + 1)
                var proof: TreeProofFile?
                let cost = try cost { proof = try log.prove(position) }
                times.append(cost.seconds * 1_000)
                cpuTimes.append(cost.cpuSeconds * 1_000)
                guard let proof, ProofCheck.check(proof.bytes, trusting: [key]).map(\.verdict) == [.verified] else {
                    throw BenchmarkError("The proof of \(position) does not hold.")
                }
                hashes = max(hashes, proof.proof.hashes.count)
            }
            times.sort()
            measurement.ours.append(median(times))
            slow.append(times[times.count * 99 / 100])
            cpuTimes.sort()
            busy.append(cpuTimes[cpuTimes.count * 99 / 100])
        }
        await log.close()
        measurement.alsoReached = median(slow) <= 5 && hashes <= 20
        measurement.notes.append("the 99th percentile, at most 5 ms: \(short(median(slow))) ms")
        measurement.notes.append("of processor time, whatever else runs: \(short(median(busy))) ms")
        measurement.notes.append("hashes in a proof, at most 20: \(hashes)")
        return measurement
    }
}

private enum ProveCell {
    static func log(_ bench: Bench) async throws -> (SQLiteEventLog, NoteVerifierKey) {
        var settings = bench.settings
        // Only reading is measured, and signing syncs by itself.
        settings.durability = .normal
        let log = try SQLiteEventLog(
            path: bench.folder.fresh("prove"), options: settings, clock: SystemTimeSource())
        let key = try log.makeSigningKey(in: .beside(log.path))
        let ids = RandomEventIDs()
        let payload = [UInt8](repeating: 7, count: 64)
        let perAppend = 10_000
        for batch in 0..<bench.size(1_000_000, quick: 100_000) / perAppend {
            let time = SystemTimeSource().now()
            let events = (0..<perAppend).map { _ in NewEvent(id: ids.next(at: time), type: "Tested", payload: payload) }
            _ = try await log.append(to: StreamName("s/\(batch)"), events)
        }
        return (log, key)
    }
}
