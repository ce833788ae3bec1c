public import MemoryLedger

/// The operations that can be called by name.
///
///     let catalogue = try OperationCatalogue(of: ledger)
///     for operation in catalogue.operations { print(operation.name, operation.summary) }
///     let document = try await catalogue.call("memory.get", ["keys": ["tea"]], in: request)
public struct OperationCatalogue: Sendable {
    /// In the order in which they were given.
    public let operations: [any LedgerOperation.Type]
    private let byName: [String: any LedgerOperation.Type]

    /// - Throws: `OperationCatalogueError` for two operations of one name, and for one that is not declared well.
    public init(_ operations: [any LedgerOperation.Type]) throws {
        self.init(checked: operations)
        var names: Set<String> = []
        for operation in operations {
            try Self.check(operation)
            guard names.insert(operation.name).inserted else {
                throw OperationCatalogueError("Two operations are called \(operation.name); rename one of them.")
            }
        }
    }

    /// The operations of this library, and of the modules that the ledger was opened with.
    ///
    /// - Throws: as the other initializer.
    public init(of ledger: MemoryLedger) throws {
        let modules = ledger.options.modules.compactMap { $0 as? any OperationModule }
        guard !modules.isEmpty else {
            self = .standard
            return
        }
        try self.init(Self.builtIn + modules.flatMap(\.operations))
    }

    /// The operations of this library and of modules of ours, which are called differently.
    package init(adding modules: [any LedgerModule]) {
        let operations = modules.compactMap { $0 as? any OperationModule }.flatMap(\.operations)
        self.init(checked: Self.builtIn + operations)
    }

    /// - Parameter operations: what the other initializer lets pass.
    init(checked operations: [any LedgerOperation.Type]) {
        self.operations = operations
        byName = Dictionary(operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The operation of a name; nil if there is none.
    public subscript(name: String) -> (any LedgerOperation.Type)? { byName[name] }

    /// Runs the operation of a name, and answers its document.
    ///
    /// - Throws: `UnknownOperationError`, `OperationArgumentError`, `AccessDeniedError`, and what the operation throws.
    public func call(
        _ name: String, _ arguments: JSONObject = [:], in request: OperationRequest
    ) async throws -> JSONValue {
        guard let operation = self[name] else { throw UnknownOperationError(name: name) }
        return try await Self.call(operation, arguments, in: request)
    }

    private static func call<Operation: LedgerOperation>(
        _ operation: Operation.Type, _ arguments: JSONObject, in request: OperationRequest
    ) async throws -> JSONValue {
        request.grant.reduced(try await request.perform(Operation(json: arguments)).document())
    }

    private static func check(_ operation: any LedgerOperation.Type) throws {
        let words = operation.name.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count > 1, words.allSatisfy(isWord) else {
            throw OperationCatalogueError(
                "\"\(operation.name)\" is no operation's name; give words of a-z, 0-9 and _ with dots in between.")
        }
        var names: Set<String> = []
        for parameter in operation.parameters {
            guard isWord(parameter.name[...]), names.insert(parameter.name).inserted else {
                throw OperationCatalogueError(
                    "\(operation.name) has a parameter \"\(parameter.name)\", which is no word or occurs twice.")
            }
        }
        guard operation.scope == .ledger || names.contains("namespace") else {
            throw OperationCatalogueError("\(operation.name) is of a namespace, and has no parameter `namespace`.")
        }
    }

    private static func isWord(_ word: Substring) -> Bool {
        guard let first = word.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return word.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_")
        }
    }
}

/// A programmer's error in the operations that a catalogue is made of.
public struct OperationCatalogueError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
