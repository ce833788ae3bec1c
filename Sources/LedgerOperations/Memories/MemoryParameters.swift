import EventLog
import MemoryLedger

/// What the operations on memories have in common.
enum MemoryParameters {
    static let namespace = Parameter("namespace", .string, default: MemoryKey.defaultNamespace, "The namespace.")
    static let key = Parameter("key", .string, "The key.")
    static let expectedVersion = Parameter(
        "expected_version", optional: .version, "Only if the memory is at this version.")
}

extension ArgumentType where Value == Int64 {
    /// A position in the log, or a version: 0 is before everything.
    package static var version: Self { .integer(0...Int64.max) }
}

extension OperationArguments {
    /// The memory of a key parameter, in the namespace that is given.
    func memory(_ key: Parameter<String>) throws -> MemoryKey {
        MemoryKey(namespace: try self[MemoryParameters.namespace], key: try self[key])
    }
}

extension MemoryReading {
    /// A memory that must be there.
    func existing(_ key: MemoryKey) async throws -> Memory {
        guard let memory = try await get(key) else { throw try await reasonForMissing(key) }
        return memory
    }

    /// Why a read answered nothing: it is quarantined, was erased, or is not there.
    func reasonForMissing(_ key: MemoryKey) async throws -> any Error {
        let key = try await resolve(key)
        if try await includingQuarantined.find(key) != nil { return MemoryLedgerError.quarantined(key) }
        return try await reasonForNone(key)
    }
}
