package import MemoryLedger

/// One fault of a value, in the words and members of the library that the old program checks with.
package struct ValidationIssue: Hashable, Sendable {
    /// A step on the way to the value that is at fault.
    package enum Step: Hashable, Sendable {
        case name(String)
        case index(Int)

        var text: String {
            switch self {
            case .name(let name): name
            case .index(let index): String(index)
            }
        }

        fileprivate var json: JSONValue {
            switch self {
            case .name(let name): .string(name)
            case .index(let index): JSONValue(index)
            }
        }
    }

    /// `code` and what the code has beside it, in their order.
    package var members: JSONObject
    package var path: [Step]
    package var message: String

    package init(_ members: JSONObject, at path: [Step], _ message: String) {
        self.members = members
        self.path = path
        self.message = message
    }

    /// The members, then `path` and `message`.
    var json: JSONValue {
        var object = members
        object.append("path", .array(path.map(\.json)))
        object.append("message", .string(message))
        return .object(object)
    }
}

/// A value is not what was asked for: all of its faults, in the order of the schema.
package struct ValidationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One at least, and at most `ValidationLimits.issues`.
    package var issues: [ValidationIssue]

    /// A list of the issues.
    package var json: JSONValue { .array(issues.map(\.json)) }

    /// `PATH: MESSAGE, PATH: MESSAGE`, the steps of a path with dots between them. The value itself is called `root`.
    package var description: String {
        issues.map { issue in
            let path = issue.path.map(\.text).joined(separator: ".")
            return "\(path.isEmpty ? "root" : path): \(issue.message)"
        }.joined(separator: ", ")
    }
}

/// What an answer says of a faulty value is bounded, however many faults it has.
package enum ValidationLimits {
    /// Faults that are named; there may be more.
    package static let issues = 1_000
    /// Unknown members that an issue names, and bytes of each name.
    package static let echoedNames = 100
    package static let echoedNameBytes = 256
}
