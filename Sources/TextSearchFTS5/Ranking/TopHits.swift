/// A row and what it is worth.
package struct SearchHit: Hashable, Sendable {
    /// The number in the index; `TextRow.number` tells the caller's own.
    package var row: Int64
    /// Higher is better; comparable within one search only.
    package var score: Double

    package init(row: Int64, score: Double) {
        self.row = row
        self.score = score
    }

    /// The better one first; of equal ones the later row.
    @inline(__always) func precedes(_ other: SearchHit) -> Bool {
        score != other.score ? score > other.score : row > other.row
    }
}

/// The best hits of many: a heap with the worst one on top.
struct TopHits {
    private let limit: Int
    private var heap: [SearchHit] = []

    init(limit: Int) { self.limit = limit }

    @inline(__always) mutating func add(_ hit: SearchHit) {
        if heap.count < limit {
            heap.append(hit)
            rise()
        } else if limit > 0, hit.precedes(heap[0]) {
            heap[0] = hit
            sink()
        }
    }

    /// The best first.
    var sorted: [SearchHit] { heap.sorted { $0.precedes($1) } }

    private mutating func rise() {
        var at = heap.count - 1
        while at > 0, heap[(at - 1) / 2].precedes(heap[at]) {
            heap.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    private mutating func sink() {
        var at = 0
        while 2 * at + 1 < heap.count {
            var child = 2 * at + 1
            if child + 1 < heap.count, heap[child].precedes(heap[child + 1]) { child += 1 }
            guard heap[at].precedes(heap[child]) else { return }
            heap.swapAt(at, child)
            at = child
        }
    }
}
