import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// Goal: Swift and Python judge every evidence file alike, and neither fails on any.
/// Method: 400 seeded mutations of files that hold, of their data's structure and of their bytes, and some nonsense.
@Suite(.enabled(if: PythonVerifier.isThere, "python3 is not installed"))
struct EvidenceAgreementTests {
    private static let marker = "<script type=\"application/json\" id=\"memory-ledger-evidence\">\n"
    private static let mutationsOfData = 300
    private static let mutationsOfBytes = 100

    private func originals() async throws -> (Workspace, key: String, [String]) {
        let workspace = try Workspace()
        let key = try #require(try await workspace.json("init")["verifier_key"]?.string)
        try await workspace.succeed("add", "tea", "--summary", "Likes tea", "--keyword", "k", "--as", "ann")
        try await workspace.succeed(
            "add", "other", "--text", "é <b> \u{1f375}", "--as", "bob", "--source", "tool:web", "--trust", "20")
        try await workspace.succeed("update", "tea", "--summary", "No sugar", "--link", "d:0.5:habit:other")
        try await workspace.succeed("rename", "tea", "green")
        try await workspace.succeed("keys", "rotate")
        try await workspace.succeed("delete", "other", "--as", "bob")
        try await workspace.succeed("checkpoint")
        try await workspace.succeed("evidence", "--key", "green", "--output", "key.html")
        try await workspace.succeed("evidence", "--positions", "2-6", "--output", "positions.html")
        try await workspace.succeed("evidence", "--actor", "bob", "--until", "2100-01-01", "--output", "actor.html")
        return (workspace, key, ["key.html", "positions.html", "actor.html"])
    }

    @Test func bothJudgeEveryFileAlike() async throws {
        let (workspace, key, originals) = try await originals()
        let pages = try originals.map { try workspace.read($0) }
        var random = Mutator(seed: 11)
        var names = originals
        for number in 0..<(Self.mutationsOfData + Self.mutationsOfBytes) {
            let page = pages[number % pages.count]
            let begin = try #require(page.range(of: Self.marker)).upperBound
            let end = try #require(page.range(of: "</script>", range: begin..<page.endIndex)).lowerBound
            let name = "mutated-\(number).html"
            if number < Self.mutationsOfData {
                let mutated = random.mutated(try JSONValue(parsing: String(page[begin..<end])))
                let json = mutated.description.replacing("<", with: "\\u003c")
                try workspace.write(name, page[..<begin] + json + page[end...])
            } else {
                let bytes = random.mutated(
                    Array(page.utf8),
                    from: page.utf8.distance(from: page.startIndex, to: begin) - Self.marker.utf8.count)
                try Data(bytes).write(to: URL(fileURLWithPath: workspace.path(name)))
            }
            names.append(name)
        }
        for (number, nonsense) in [Self.marker, Self.marker + "{}</script>", Self.marker + "[</script>"].enumerated() {
            try workspace.write("nonsense-\(number).html", nonsense)
            names.append("nonsense-\(number).html")
        }
        let python = try await workspace.python(names + ["--json", "--key", key])
        #expect(python.error.isEmpty && python.status == 1, "\(python.error)")
        let swift = try await workspace.run(["check"] + names + ["--json", "--key", key])
        #expect(swift.error.isEmpty && swift.status == 1)
        let left = try swift.json()["proofs"]?.array ?? []
        let right = try python.json()["files"]?.array ?? []
        try #require(left.count == names.count && right.count == names.count)
        for (index, name) in names.enumerated() where left[index]["verdict"] != right[index]["verdict"] {
            Issue.record("\(name): Swift \(left[index]), Python \(right[index])")
        }
        #expect(left.prefix(originals.count).allSatisfy { $0["verdict"] == "verified" })
        let wrong = left.count { $0["verdict"] == "wrong" }
        #expect(wrong > names.count / 2 && wrong < names.count)
    }
}

/// Changes one thing somewhere.
private struct Mutator {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    private mutating func below(_ count: Int) -> Int { count > 0 ? Int(random.next() % UInt64(count)) : 0 }

    /// A bit flipped, a byte left out or doubled, or a piece exchanged.
    mutating func mutated(_ bytes: [UInt8], from start: Int) -> [UInt8] {
        var bytes = bytes
        let place = start + below(bytes.count - start)
        switch below(4) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(bytes[place], at: place)
        default: bytes.swapAt(place, start + below(bytes.count - start))
        }
        return bytes
    }

    mutating func mutated(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object) where !object.isEmpty && below(8) > 0:
            let place = below(object.count)
            var members = object.members
            members[place].value = mutated(members[place].value)
            return .object(JSONObject(members))
        case .array(let array) where !array.isEmpty && below(5) > 0:
            var array = array
            let place = below(array.count)
            array[place] = mutated(array[place])
            return .array(array)
        default: return changed(value)
        }
    }

    private mutating func changed(_ value: JSONValue) -> JSONValue {
        if below(6) == 0 { return [.null, true, 0, "", [], [:], 1.5, "a"][below(8)] }
        switch value {
        case .null: return ["x", 1][below(2)]
        case .bool(let value): return .bool(!value)
        case .number(let number): return JSONValue((number.int64 ?? 0) + [-1, 1, 7, .min / 2][below(4)])
        case .string(let text):
            var characters = Array(text.unicodeScalars)
            let place = below(characters.count)
            switch below(3) {
            case 0 where !characters.isEmpty: characters[place] = characters[place] == "A" ? "B" : "A"
            case 1 where !characters.isEmpty: characters.remove(at: place)
            default: characters.insert("x", at: place)
            }
            return .string(String(String.UnicodeScalarView(characters)))
        case .array(var array):
            let place = below(array.count)
            switch below(3) {
            case 0 where !array.isEmpty: array.remove(at: place)
            case 1 where !array.isEmpty: array.insert(array[place], at: place)
            default: array.reverse()
            }
            return .array(array)
        case .object(let object):
            var members = object.members
            let place = below(members.count)
            switch below(3) {
            case 0 where !members.isEmpty: members.remove(at: place)
            case 1 where !members.isEmpty: members[place].name += "_"
            default: members.append(.init(name: members.first?.name ?? "more", value: 1))
            }
            return .object(JSONObject(members))
        }
    }
}
