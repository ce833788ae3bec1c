public import AgentContext
public import ArgumentParser
import EventLog
public import LedgerOperations
public import MemoryLedger

/// The word that makes a command list what there is.
enum ListWord: String, ExpressibleByArgument, CaseIterable {
    case list
}

/// A memory's status by its name.
struct StatusArgument: ExpressibleByArgument {
    let status: MemoryStatus

    init?(argument: String) {
        guard let status = MemoryStatus(rawValue: argument) else { return nil }
        self.status = status
    }

    static var allValueStrings: [String] { MemoryStatus.allCases.map(\.rawValue) }
}

extension TimeReference: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension MomentReference: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension AccessScope: ExpressibleByArgument {}

extension AccessTokenExpiry: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension SessionMessage.Role: ExpressibleByArgument {}

extension TimeBucket: ExpressibleByArgument {}

extension TimelineQuery.Measure: ExpressibleByArgument {}

extension TimelineQuery.Grouping: ExpressibleByArgument {}

extension ConfigurationKey: ExpressibleByArgument {
    public init?(argument: String) {
        guard let key = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = key
    }

    public static var allValueStrings: [String] { all.map(\.name) }
}

/// A source as `kind:name`; the name may contain colons.
struct SourceArgument: ExpressibleByArgument {
    let source: Provenance.Source

    init?(argument: String) {
        guard let source = Provenance.Source(text: argument) else { return nil }
        self.source = source
    }
}

/// A link as `type:weight:term:key`. The key may contain colons, and may be missing; an empty weight is the default.
struct LinkArgument: ExpressibleByArgument {
    let link: MemoryLink

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, !parts[0].isEmpty else { return nil }
        guard let weight = parts[1].isEmpty ? MemoryLink.defaultWeight : Weight(argument: parts[1])?.value else {
            return nil
        }
        let key = parts.count == 4 && !parts[3].isEmpty ? parts[3] : nil
        link = MemoryLink(type: parts[0], key: key, term: parts[2], weight: weight)
    }
}

/// How strong a link is: 0 to 1.
struct Weight: ExpressibleByArgument {
    let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        guard let value = Double(argument), LinkWeight.range.contains(value) else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { String(value) }
}
