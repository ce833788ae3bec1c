import EventLog
import MemoryLedger

/// A change of one value of a document.
struct JSONFault: CustomStringConvertible {
    enum Step {
        case member(Int)
        case entry(Int)
    }

    enum Kind {
        case without, twice
        case instead(JSONValue)
        case besides(String)
    }

    var path: [Step]
    var kind: Kind

    var description: String { "\(path), \(kind)" }

    private static let others: [JSONValue] = [
        nil, true, false, "", "x", "2026-01-01T00:00:00.000Z", 0, 1, 2, -1, 1.5, 1e300, 9_223_372_036_854_775_807, [],
        [1],
        [:], ["x": 1], .string(String(repeating: "é", count: 200)),
    ]

    /// Every change of every value.
    static func all(of value: JSONValue, at path: [Step] = []) -> [JSONFault] {
        var faults = others.filter { $0 != value }.map { JSONFault(path: path, kind: .instead($0)) }
        if case .object(let object)? = Optional(value) {
            faults.append(JSONFault(path: path, kind: .besides("extra")))
            for (index, member) in object.members.enumerated() {
                let inner = path + [.member(index)]
                faults += [JSONFault(path: inner, kind: .without), JSONFault(path: inner, kind: .twice)]
                faults += all(of: member.value, at: inner)
            }
        }
        for (index, entry) in (value.array ?? []).enumerated() {
            let inner = path + [.entry(index)]
            faults += [JSONFault(path: inner, kind: .without), JSONFault(path: inner, kind: .twice)]
            faults += all(of: entry, at: inner)
        }
        return faults
    }

    func applied(to document: JSONValue) -> JSONValue { Self.change(document, path[...], kind) }

    private static func change(_ value: JSONValue, _ path: ArraySlice<Step>, _ kind: Kind) -> JSONValue {
        guard let step = path.first else {
            switch kind {
            case .instead(let other): return other
            case .besides(let name):
                var object = value.object ?? [:]
                object.append(name, 1)
                return .object(object)
            case .without, .twice: return value
            }
        }
        let rest = path.dropFirst()
        switch step {
        case .member(let index):
            var members = value.object?.members ?? []
            switch kind {
            case .without where rest.isEmpty: members.remove(at: index)
            case .twice where rest.isEmpty: members.insert(members[index], at: index)
            default: members[index].value = change(members[index].value, rest, kind)
            }
            return .object(JSONObject(members))
        case .entry(let index):
            var entries = value.array ?? []
            switch kind {
            case .without where rest.isEmpty: entries.remove(at: index)
            case .twice where rest.isEmpty: entries.insert(entries[index], at: index)
            default: entries[index] = change(entries[index], rest, kind)
            }
            return .array(entries)
        }
    }

    /// The archives of a document.
    static func archives(of document: JSONValue) -> [String] {
        (document["archives"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    /// A document as an export writes it: times as texts, what is not so left out, names in their order.
    static func exported(_ value: JSONValue, under name: String = "") -> JSONValue {
        switch value {
        case .object(let object):
            let members = object.members.filter { member in
                !["estimated": false, "tags": [], "metadata": [:], "tool_calls": []].contains {
                    $0.key == member.name && $0.value == member.value
                }
            }
            return .object(
                JSONObject(
                    members.map {
                        JSONObject.Member(name: $0.name, value: exported($0.value, under: $0.name))
                    }))
        case .array(let entries):
            let entries = entries.map { exported($0) }
            guard ["users", "roles", "archives"].contains(name) else { return .array(entries) }
            return .array(entries.sorted { ($0["name"]?.string ?? "") < ($1["name"]?.string ?? "") })
        case .number(let number) where name == "at" || name.hasSuffix("_at"):
            let time = Timestamp(milliseconds: number.int64 ?? 0)
            return Timestamp(rfc3339: time.rfc3339) == time ? .string(time.rfc3339) : value
        default: return value
        }
    }
}
