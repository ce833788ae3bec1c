import Synchronization

/// What was asked of the server, by route and status.
///
/// Routes are the server's own names, never a client's text: so there are few of them, whatever is sent.
final class RequestMetrics: Sendable {
    private struct Answered: Hashable {
        var route: String
        var status: Int
    }

    private struct State {
        var counts: [Answered: UInt64] = [:]
        var running = 0
    }

    private let state = Mutex(State())
    private let latencies: [Route: LatencyHistogram] = Dictionary(
        uniqueKeysWithValues: Route.all.map { ($0, LatencyHistogram()) })

    func begin() { state.withLock { $0.running += 1 } }

    func end(_ route: Route, status: Int, nanoseconds: UInt64) {
        state.withLock { state in
            state.running -= 1
            state.counts[Answered(route: route.name, status: status), default: 0] += 1
        }
        latencies[route]?.record(nanoseconds: nanoseconds)
    }

    /// What was answered before it was a request: no HTTP, or not whole in time.
    func refused(_ status: Int) {
        state.withLock { $0.counts[Answered(route: Route.unknown.name, status: status), default: 0] += 1 }
    }

    func write(into page: inout MetricsPage) {
        let (counts, running) = state.withLock { ($0.counts, $0.running) }
        page.begin("memledger_requests_total", .counter, "Requests that were answered.")
        for (answered, count) in counts.sorted(by: { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }) {
            page.add(
                "memledger_requests_total", [("route", answered.route), ("status", "\(answered.status)")], count)
        }
        page.add("memledger_requests_running", .gauge, "Requests that are being answered.", running)
        page.begin("memledger_request_seconds", .histogram, "From a request's head to its answer.")
        for route in Route.all {
            guard let figures = latencies[route]?.figures, figures.counts.contains(where: { $0 > 0 }) else { continue }
            page.add("memledger_request_seconds", [("route", route.name)], figures)
        }
    }
}
