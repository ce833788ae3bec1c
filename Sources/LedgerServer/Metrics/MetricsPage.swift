/// Text for Prometheus, of the exposition format 0.0.4.
struct MetricsPage {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    /// What a metric is; its values follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func add(_ name: String, _ labels: [(name: String, value: String)] = [], _ value: some Numeric) {
        let shown = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += name + (labels.isEmpty ? "" : "{\(shown)}") + " \(value)\n"
    }

    /// A metric with one value.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: some Numeric) {
        begin(name, kind, help)
        add(name, [], value)
    }

    mutating func add(_ name: String, _ labels: [(name: String, value: String)], _ figures: LatencyHistogram.Figures) {
        var sum: UInt64 = 0
        for (index, count) in figures.counts.enumerated() {
            sum += count
            let bound = index < LatencyHistogram.bounds.count ? "\(LatencyHistogram.bounds[index])" : "+Inf"
            add("\(name)_bucket", labels + [("le", bound)], sum)
        }
        add("\(name)_sum", labels, Double(figures.nanoseconds) / 1e9)
        add("\(name)_count", labels, sum)
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
