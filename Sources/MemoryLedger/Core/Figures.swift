/// Numbers for a person.
package enum Figures {
    /// `1,234,567`.
    package static func grouped(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// `11.8 MiB`.
    package static func bytes(_ value: Int64) -> String {
        guard value >= 1_024 else { return "\(value) bytes" }
        var amount = Double(value) / 1_024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB"]
        while amount >= 1_024, unit < units.count - 1 {
            amount /= 1_024
            unit += 1
        }
        return "\(decimal(amount, places: 1)) \(units[unit])"
    }

    /// `0.413`.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return value.description }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = String(scaled / Int64(scale))
        guard places > 0 else { return (value < 0 ? "-" : "") + whole }
        let fraction = String(scaled % Int64(scale))
        return (value < 0 ? "-" : "") + whole + "."
            + String(repeating: "0", count: places - fraction.utf8.count) + fraction
    }

    /// `1 memory`, `2 memories`.
    package static func count(_ value: some BinaryInteger, _ one: String, _ many: String) -> String {
        "\(grouped(value)) \(value == 1 ? one : many)"
    }
}
