public import MemoryLedger

/// Reads a memory with the summaries of what its links point at, and counts an access to it. Reading a linked summary
/// counts nothing.
///
///     let read = try await ReadMemory(MemoryKey(key: "tea")).run(in: request)
///     for link in read.linked.links { print(link.link.term, link.summary) }
public struct ReadMemory: LedgerOperation, CountedRead, Hashable {
    public var memory: MemoryKey

    public init(_ memory: MemoryKey) { self.memory = memory }

    /// What was read, without its statistics.
    public struct Result: Hashable, Sendable, DescribedResult {
        /// Its key without a prefix that names its namespace.
        public var memory: MemoryKey
        public var linked: LinkedMemory

        package static let members: [DocumentMember] = [.namespace, .key] + DocumentMember.content

        /// `{"namespace", "key"}` and the members of `LinkedMemory`.
        public func document() -> JSONValue {
            var object: JSONObject = ["namespace": .string(memory.namespace), "key": .string(memory.key)]
            for member in linked.json.object?.members ?? [] { object.append(member.name, member.value) }
            return .object(object)
        }
    }

    public static let name = "memory.read"
    public static let summary = "Read a memory with the summaries of what its links point at; counts an access."
    public static let parameters: [any OperationParameter] = [MemoryParameters.namespace, MemoryParameters.key]
    public static let access = OperationAccess.writes
    public static let requiredScope = AccessGrant.Scope.read
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .summaries
    public static let errors = OperationErrorCode.ofCountedReads

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws { memory = try arguments.memory(MemoryParameters.key) }

    public func run(in request: OperationRequest) async throws -> Result {
        try await foundOrReason(in: request)
    }

    package func found(in request: OperationRequest) async throws -> Result? {
        let ledger = request.ledger
        guard let found = try await ledger.access(memory, by: request.attribution) else { return nil }
        let linked = try await LongWork.run(if: LongWork.isNeeded(for: found.content)) {
            try await ledger.reading(by: request.attribution).linked(found) { request.grant.includes(namespace: $0) }
        }
        return Result(memory: found.id, linked: linked)
    }
}
