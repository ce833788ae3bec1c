import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// A ledger with the modules of contexts, in a folder of its own.
struct ContextLedger {
    enum Backend: CaseIterable, Sendable {
        case file, arrays
    }

    let folder: URL
    let clock = FixedClock()
    let ann = Attribution(actor: "ann")

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "context-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    var path: String { folder.appending(path: "ledger").path }

    func open(
        _ backend: Backend = .file, _ change: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(clock: clock)
        options.modules = AgentContext.modules
        change(&options)
        return switch backend {
        case .file: try await MemoryLedger.open(at: path, options: options)
        case .arrays: try await MemoryLedger.open(on: InMemoryEventLog(clock: clock), tables: path, options: options)
        }
    }

    func context(_ ledger: MemoryLedger, by actor: String = "ann") -> AgentContext {
        AgentContext(ledger, by: Attribution(actor: actor))
    }
}

/// Runs a body that is to fail.
func failure<T>(_ body: () async throws -> T) async -> AgentContextError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? AgentContextError
    }
}
