public import MemoryLedger

/// Reads settings by their names: from flags, else from the environment, else from a file, else what is standard; and
/// keeps where each came from.
///
///     let flags = ["port": ConfigurationReader.Flag("--port", "0")]
///     var reader = ConfigurationReader(flags: flags, environment: { _ in nil })
///     let port = try reader.value("port", .port, default: 3_000)
public struct ConfigurationReader {
    /// Where a value came from.
    public enum Source: Hashable, Sendable, CustomStringConvertible {
        case flag(String)
        case environment(String)
        case file(String)
        case standard

        public var description: String {
            switch self {
            case .flag(let name): name
            case .environment(let name): name
            case .file(let path): path
            case .standard: "default"
            }
        }
    }

    /// A setting that was given on the command line.
    public struct Flag: Hashable, Sendable {
        /// As a person wrote it: `--port`.
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A setting as it was read.
    public struct Reading: Hashable, Sendable {
        public var name: String
        /// As it is written: nil if there is none.
        public var value: String?
        public var source: Source
    }

    /// In the order in which they were read.
    public private(set) var readings: [Reading] = []

    private let flags: [String: Flag]
    private let environment: (String) -> String?
    private let file: (path: String, settings: JSONObject)?

    /// - Parameters:
    ///   - flags: by the settings' names: `mcp_port`.
    ///   - file: its path, and what is in it.
    public init(
        flags: [String: Flag], environment: @escaping (String) -> String?,
        file: (path: String, settings: JSONObject)? = nil
    ) {
        self.flags = flags
        self.environment = environment
        self.file = file
    }

    /// - Parameters:
    ///   - variable: in the environment; nil: MEMLEDGER_ and the name.
    ///   - former: names that the old program had for it, in the environment.
    /// - Throws: `ConfigurationError` if what was given is no such value.
    public mutating func value<Value>(
        _ name: String, _ type: SettingType<Value>, variable: String? = nil, former: [String] = [],
        default standard: Value
    ) throws(ConfigurationError) -> Value {
        try optional(name, type, variable: variable, former: former, standard: type.write(standard)) ?? standard
    }

    /// A setting that may be without a value.
    ///
    /// - Throws: as `value`.
    public mutating func optional<Value>(
        _ name: String, _ type: SettingType<Value>, variable: String? = nil, former: [String] = [],
        standard: String? = nil
    ) throws(ConfigurationError) -> Value? {
        guard let (text, source) = try find(name, [variable ?? Self.variable(name)] + former) else {
            readings.append(Reading(name: name, value: standard, source: .standard))
            return nil
        }
        guard let value = type.read(text) else {
            throw ConfigurationError("\(source) is no \(type.expected): \"\(text.prefix(Self.shownCharacters))\".")
        }
        readings.append(Reading(name: name, value: text, source: source))
        return value
    }

    private func find(
        _ name: String, _ variables: [String]
    ) throws(ConfigurationError) -> (text: String, source: Source)? {
        if let flag = flags[name] { return (flag.value, .flag(flag.name)) }
        for variable in variables {
            if let text = environment(variable), !text.isEmpty { return (text, .environment(variable)) }
        }
        guard let file, let json = file.settings[name] else { return nil }
        guard let text = Self.text(json) else {
            throw ConfigurationError("\(name) in \(file.path) is \(json.kind); give a text, a number, true or false.")
        }
        return (text, .file("\(file.path): \(name)"))
    }

    /// `{NAME: {"value" (a text, or null), "source", "remark" (if there is one)}}`, in the order in which the settings
    /// were read, and the old program's variables behind them.
    public func document(_ former: [FormerEnvironment.Remark] = []) -> JSONValue {
        var document: JSONObject = [:]
        for reading in readings {
            document.append(reading.name, Self.document(reading.value, "\(reading.source)", nil))
        }
        for remark in former {
            document.append(remark.variable, Self.document(remark.value, remark.variable, remark.sentence))
        }
        return JSONValue(document)
    }

    private static func document(_ value: String?, _ source: String, _ remark: String?) -> JSONValue {
        var document: JSONObject = ["value": JSONValue(optional: value), "source": .string(source)]
        if let remark { document.append("remark", .string(remark)) }
        return JSONValue(document)
    }

    /// Refuses what the file has beyond the settings that were read: a name that is misspelt would be without effect.
    ///
    /// - Throws: `ConfigurationError`.
    public func checkFile() throws(ConfigurationError) {
        guard let file else { return }
        let known = Set(readings.map(\.name))
        for member in file.settings.members where !known.contains(member.name) {
            let names = known.sorted().joined(separator: ", ")
            throw ConfigurationError("\(file.path) has an unknown setting \"\(member.name)\"; there are \(names).")
        }
    }

    /// The name in the environment.
    public static func variable(_ name: String) -> String { "MEMLEDGER_" + name.uppercased() }

    /// Of a file with settings.
    public static let maximumFileBytes = 1_048_576
    /// How much of a wrong value an error shows.
    private static let shownCharacters = 100

    /// Lists are as they are in the environment, with commas.
    private static func text(_ json: JSONValue) -> String? {
        switch json {
        case .string(let text): text
        case .number, .bool: json.description
        case .array(let list) where list.allSatisfy { $0.string != nil }:
            list.compactMap(\.string).joined(separator: ",")
        case .null, .array, .object: nil
        }
    }
}

/// A setting that cannot be used; one sentence.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
