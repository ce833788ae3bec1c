import EventLog
package import MemoryLedger

/// JSON as `JSON.stringify` of JavaScript writes it, which is what clients of the old program get: numbers in its form,
/// everything else as the ledger writes it anyway.
package enum JavaScriptText {
    /// On one line, without spaces.
    package static func compact(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(usualBytes)
        JSONWriter.write(value, into: &bytes, number: number)
        return bytes
    }

    /// Of an answer. A shorter one wastes little, and a longer one makes more room.
    private static let usualBytes = 1_024

    /// Over several lines, indented by two spaces.
    package static func indented(_ value: JSONValue) -> String { withItsNumbers(value).indented }

    /// A whole number of 64 bits keeps its digits, of which JavaScript would round some.
    static func number(_ number: JSONNumber) -> String {
        if let whole = Int64(number.text), whole != 0 { return number.text }
        let value = number.double
        // JavaScript writes -0 without its sign, and has no number that is too large.
        if value == 0 { return "0" }
        return JSONNumber(javaScript: value)?.text ?? "null"
    }

    private static func withItsText(_ number: JSONNumber) -> JSONValue {
        let text = self.number(number)
        return text == number.text ? .number(number) : JSONNumber(text: text).map { .number($0) } ?? .null
    }

    private static func withItsNumbers(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .string: value
        case .number(let number): withItsText(number)
        case .array(let values): .array(values.map(withItsNumbers))
        case .object(let object):
            .object(JSONObject(object.members.map { .init(name: $0.name, value: withItsNumbers($0.value)) }))
        }
    }
}
