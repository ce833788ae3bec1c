import MemoryLedger

/// Users whom something is protected for. In tables: a JSON list, or NULL for none.
enum UserNames {
    static func text(_ names: [String]) -> String? {
        names.isEmpty ? nil : JSONValue.array(names.map { .string($0) }).description
    }

    static func read(_ text: String?) throws -> [String] {
        guard let text else { return [] }
        return try JSONParser.parse(Array(text.utf8)).array?.compactMap(\.string) ?? []
    }

    /// Those of both, each once.
    static func joined(_ first: [String], _ second: [String]) -> [String] {
        first + second.filter { name in !first.contains { $0.utf8.elementsEqual(name.utf8) } }
    }
}
