import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Synchronization

/// Ledgers that agents are exported from and imported into.
struct AgentFileLedger {
    let folder: ContextLedger

    init() throws { folder = try ContextLedger() }

    var clock: FixedClock { folder.clock }

    static let masterKey = try? MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))

    /// - Parameter name: of its file.
    func open(_ name: String = "ledger", masterKey: MasterKey? = nil) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(clock: clock, ids: FixedIDs())
        options.modules = AgentContext.modules
        options.file.durability = .normal
        options.file.masterKey = masterKey
        return try await MemoryLedger.open(at: folder.folder.appending(path: name).path, options: options)
    }

    /// An empty one, in memory.
    func empty() async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(clock: clock, ids: FixedIDs())
        options.modules = AgentContext.modules
        return try await MemoryLedger.inMemory(options: options)
    }

    func context(_ ledger: MemoryLedger) -> AgentContext { folder.context(ledger, by: "importer") }
}

extension MemoryReading {
    /// An agent's file.
    func file(_ agent: String, archives: [String] = []) async throws -> [UInt8] {
        let bytes = Mutex<[UInt8]>([])
        try await exportAgent(agent, archives: archives) { piece in bytes.withLock { $0 += piece } }
        return bytes.withLock { $0 }
    }
}

extension MemoryLedger {
    func head() async throws -> Position { try await (log as any EventLog).head() }
}
