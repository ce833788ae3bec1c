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
        guard let found = try await request.ledger.content(accessing: memory, by: request.attribution) else {
            return nil
        }
        return try await result(found, in: request)
    }

    fileprivate func result(_ found: AccessedContent, in request: OperationRequest) async throws -> Result {
        let linked = try await LongWork.run(if: LongWork.isNeeded(for: found.content)) {
            try await request.ledger.reading(by: request.attribution).linked(found.content, of: found.memory) {
                request.grant.includes(namespace: $0)
            }
        }
        return Result(memory: found.memory, linked: linked)
    }
}

extension OperationRequest {
    /// `TraverseMemory` of the memory by which the reader comes and then `ReadMemory`, each as `performIfThere`, in one
    /// look at the tables.
    ///
    /// - Returns: whether there is a memory to come by; if not, nothing was read or counted.
    package func performIfThere(
        _ read: ReadMemory, through way: TraverseMemory
    ) async throws -> (isWayThere: Bool, result: ReadMemory.Result?) {
        try grant.check(way)
        try grant.check(read)
        let (isWayThere, found) = try await ledger.content(
            accessing: read.memory, through: way.memory, by: attribution)
        guard let found else { return (isWayThere, nil) }
        return (true, try await read.result(found, in: self))
    }
}
