/// How a setting is read from a text, and written.
public struct SettingType<Value>: Sendable {
    /// What it is, without an article, for an error.
    let expected: String
    let read: @Sendable (String) -> Value?
    let write: @Sendable (Value) -> String?

    init(
        _ expected: String, read: @escaping @Sendable (String) -> Value?,
        write: @escaping @Sendable (Value) -> String? = { "\($0)" }
    ) {
        self.expected = expected
        self.read = read
        self.write = write
    }
}

extension SettingType where Value == String {
    public static var text: Self { Self("text", read: { $0.isEmpty ? nil : $0 }) }
}

extension SettingType where Value == Int {
    /// Of TCP; 0 is any that is free.
    public static var port: Self { number(0...65_535) }

    static func number(_ range: ClosedRange<Int>) -> Self {
        Self("number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension SettingType where Value == [String] {
    /// With commas.
    static var list: Self { list("list of names with commas between them") { $0 } }

    /// As they are compared with a request's Host.
    static var hosts: Self {
        list("list of hosts with commas between them, such as ledger.example, without https:// and path") {
            HostName.normalized($0)
        }
    }

    /// As they are compared with a request's Origin.
    static var origins: Self {
        list("list of origins with commas between them, such as https://ledger.example, without path and *") {
            OriginName.normalized($0)
        }
    }

    /// - Parameter entry: reads one; nil if it is none.
    private static func list(_ expected: String, _ entry: @escaping @Sendable (String) -> String?) -> Self {
        Self(
            expected,
            read: { text in
                let names = text.split(separator: ",", omittingEmptySubsequences: false).map {
                    String($0.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                }
                let entries = names.compactMap { $0.isEmpty ? nil : entry($0) }
                return entries.count == names.count ? entries : nil
            },
            write: { $0.isEmpty ? nil : $0.joined(separator: ",") })
    }
}

extension SettingType where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    static var choice: Self {
        let values = Array(Value.allCases)
        return Self(
            "one of " + values.map(\.rawValue).joined(separator: ", "),
            read: { text in values.first { $0.rawValue == text } }, write: { $0.rawValue })
    }
}
